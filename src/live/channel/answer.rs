//! What the client is sent after a callback, in the order of liveview-wire 15.5.

use super::{Changed, LiveChannel};
use crate::channel::{Crash, Flow, Reason, Socket as ChannelSocket};
use crate::live::differ::DiffOptions;
use crate::live::layout::Content;
use crate::live::mail::PartMail;
use crate::live::mounting::follow_patches;
use crate::live::navigation::{Elsewhere, Redirected};
use crate::live::rendered::RenderError;
use crate::live::{LiveView, Result};
use crate::protocol::Payload;
use crate::protocol::live as wire;
use crate::telemetry::LiveCallback;
use crate::token::SecretKeyBase;

/// How the client gets what a callback changed.
pub(super) enum Answer {
    /// In the reply to its message, with what the callback replied.
    Reply(Option<Payload>, DiffOptions),
    /// In the reply to a preflight, after the members that say what it may send.
    Allowance(Vec<u8>),
    /// As a push: it did not ask.
    Push,
    /// As a push, even of nothing.
    PushAlways,
}

impl<V: LiveView> LiveChannel<V> {
    /// Sends what a callback changed, and sends the page elsewhere if the callback asked for it; then gives the flow that
    /// ends the view.
    pub(super) async fn settle(
        &mut self,
        changed: Changed,
        answer: Answer,
        channel: &ChannelSocket<Self>,
    ) -> Result<Option<Flow>> {
        let Some(elsewhere) = self.socket.take_redirected() else {
            self.answer(changed, &answer, channel)?;
            self.socket.flash.take_put();
            return Ok(None);
        };
        let Some(elsewhere) = self.forward_patch(elsewhere) else {
            self.answer(changed, &answer, channel)?;
            return Ok(None);
        };
        if let Changed::Component(_) = changed {
            self.push_diff(changed, false, channel)?;
        }
        let elsewhere = match elsewhere {
            Redirected::Patch(patch) => {
                let patched =
                    follow_patches(&mut self.view, &self.table, patch, &mut self.socket).await?;
                match self.socket.take_redirected() {
                    None => {
                        channel.push(wire::LIVE_PATCH, &patched)?;
                        self.answer(Changed::View, &answer, channel)?;
                        self.socket.flash.take_put();
                        return Ok(None);
                    }
                    Some(elsewhere) => elsewhere,
                }
            }
            elsewhere => elsewhere,
        };
        self.leave(elsewhere, &answer, channel)
    }

    /// Hands a patch to the view that the URL belongs to, if this one stands in another (9.2).
    fn forward_patch(&self, elsewhere: Redirected) -> Option<Redirected> {
        let root = self.socket.lineage().and_then(|lineage| lineage.root());
        match (elsewhere, root) {
            (Redirected::Patch(patch), Some(root)) => {
                root.send_or_end(PartMail::Patch(patch));
                None
            }
            (elsewhere, _) => Some(elsewhere),
        }
    }

    fn answer(
        &mut self,
        changed: Changed,
        answer: &Answer,
        channel: &ChannelSocket<Self>,
    ) -> Result<()> {
        match answer {
            Answer::Reply(reply, options) => {
                self.acknowledge(changed, reply.as_ref(), *options, channel)
            }
            Answer::Allowance(members) => Ok(self.allow(members, changed, channel)?),
            Answer::Push => Ok(self.push_diff(changed, false, channel)?),
            Answer::PushAlways => Ok(self.push_diff(changed, true, channel)?),
        }
    }

    /// Sends the page elsewhere; the view ends, unless the page keeps it while it goes to another (9.3).
    fn leave(
        &mut self,
        elsewhere: Redirected,
        answer: &Answer,
        channel: &ChannelSocket<Self>,
    ) -> Result<Option<Flow>> {
        if let Some(events) = self.socket.take_events() {
            channel.push_with(wire::DIFF, |out| {
                out.extend_from_slice(br#"{"e":"#);
                out.extend_from_slice(events.as_bytes());
                out.push(b'}');
                Ok::<_, RenderError>(true)
            })?;
        }
        let flash = self.socket.flash.take_put();
        let secret_key_base: &SecretKeyBase = self.socket.assigns();
        let (event, payload) = match elsewhere.into_message(&flash, secret_key_base) {
            Elsewhere::LiveRedirect(to) => (wire::LIVE_REDIRECT, Payload::json(&to)?),
            Elsewhere::Redirect(to) => (wire::REDIRECT, Payload::json(&to)?),
        };
        match answer {
            Answer::Push | Answer::PushAlways => channel.push(event, payload)?,
            Answer::Reply(..) | Answer::Allowance(_) => channel.reply_with(|out| {
                let payload = payload.as_json().unwrap_or("null");
                out.extend_from_slice(format!(r#"{{"{event}":{payload}}}"#).as_bytes());
                Ok::<_, RenderError>(())
            })?,
        }
        if self.socket.sticky && event == wire::LIVE_REDIRECT {
            return Ok(None);
        }
        self.socket.leave_family();
        Ok(Some(Flow::Stop(Reason::Shutdown(event.into()))))
    }

    /// Appends the members of the next diff; says whether there are any.
    pub(super) fn diff(
        &mut self,
        changed: Changed,
        out: &mut Vec<u8>,
        options: DiffOptions,
    ) -> std::result::Result<bool, RenderError> {
        let running = LiveCallback::begin();
        let rendered = self.render(changed, out, options);
        running.rendered(std::any::type_name::<V>(), rendered.is_ok());
        let any = rendered?;
        if let Some(components) = &mut self.differ.view().socket {
            self.socket.absorb(components);
        }
        self.differ.view().components.after_render(&mut self.socket);
        self.socket.after_render();
        Ok(self.socket.take_members(out, !any))
    }

    fn render(
        &mut self,
        changed: Changed,
        out: &mut Vec<u8>,
        options: DiffOptions,
    ) -> std::result::Result<bool, RenderError> {
        self.socket.lend(&mut self.differ.view().socket);
        let (view, socket) = (&self.view, &self.socket);
        match changed {
            Changed::View => self.differ.diff(Content { view, socket }, out, options),
            Changed::Component(id) => self.differ.diff_component(id, out, options),
        }
    }

    fn push_diff(
        &mut self,
        changed: Changed,
        always: bool,
        channel: &ChannelSocket<Self>,
    ) -> std::result::Result<(), RenderError> {
        channel.push_with(wire::DIFF, |out| {
            out.push(b'{');
            let any = self.diff(changed, out, DiffOptions::default())?;
            out.push(b'}');
            Ok(any || always)
        })
    }

    /// Answers the current message with what it changed (5.12, 7.1).
    fn acknowledge(
        &mut self,
        changed: Changed,
        reply: Option<&Payload>,
        options: DiffOptions,
        channel: &ChannelSocket<Self>,
    ) -> Result<()> {
        let reply = reply
            .map(|reply| reply.as_json().ok_or(Crash::new("a view's reply is JSON")))
            .transpose()?;
        Ok(channel.reply_with(|out| {
            let start = out.len();
            out.extend_from_slice(br#"{"diff":{"#);
            let mut any = self.diff(changed, out, options)?;
            if let Some(reply) = reply {
                out.extend_from_slice(if any { br#","r":"# } else { br#""r":"# });
                out.extend_from_slice(reply.as_bytes());
                any = true;
            }
            if any {
                out.extend_from_slice(b"}}");
            } else {
                out.truncate(start);
                out.extend_from_slice(b"{}");
            }
            Ok::<_, RenderError>(())
        })?)
    }
}
