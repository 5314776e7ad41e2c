//! The channel behind a connected live view: `lv:*` topics. It decides what a message means and what is sent.

mod answer;
mod components;
mod join;
mod uploads;

use std::sync::Arc;

use super::component::ComponentId;
use super::differ::{DiffOptions, Differ};
use super::lifecycle::{handle_async, handle_event, handle_info, handle_params};
use super::mail::{Mail, PartMail};
use super::navigation::Redirected;
use super::views::Table;
use super::{AnySocket, LiveView, Socket};
use crate::channel::{
    self, Channel, Crash, Flow, JoinError as ChannelJoinError, JoinSocket, Reason,
    Socket as ChannelSocket,
};
use crate::live;
use crate::protocol::Payload;
use crate::protocol::form::Param;
use crate::protocol::live::{self as wire, Cids};
use crate::telemetry;
use answer::Answer;

pub(super) use join::{Mounting, Refusal, TakeMounting};

/// A connected live view and what its client holds of it.
pub(super) struct LiveChannel<V: LiveView> {
    view: V,
    socket: Socket<V>,
    differ: Differ,
    table: Arc<Table>,
}

impl<V: LiveView> Channel for LiveChannel<V> {
    type Info = Mail<V>;

    // The view's own callbacks are told instead, and the page's tokens stay out of logs.
    const LOG_JOIN: Option<tracing::Level> = None;
    const LOG_HANDLE_IN: Option<tracing::Level> = None;

    async fn join(
        _: Payload,
        channel: &mut JoinSocket<Self>,
    ) -> Result<(Self, Payload), ChannelJoinError> {
        let mounting = channel.assigns::<TakeMounting>().take();
        let mounting = mounting.ok_or("a view is joined once").map_err(Crash::new);
        join::join(mounting.map_err(ChannelJoinError::Crashed)?, channel).await
    }

    async fn handle_in(
        &mut self,
        event: &str,
        payload: Payload,
        channel: &mut ChannelSocket<Self>,
    ) -> channel::Result {
        match event {
            wire::EVENT => self.event(&payload, channel).await,
            wire::LIVE_PATCH => self.live_patch(&payload, channel).await,
            wire::ALLOW_UPLOAD => self.allow_upload(&payload, channel).await,
            wire::PROGRESS => self.progress(&payload, channel).await,
            wire::CIDS_WILL_DESTROY => {
                let Cids { cids } = payload.deserialize()?;
                self.differ.will_delete_components(&ids(&cids));
                Flow::ok(Payload::empty())
            }
            wire::CIDS_DESTROYED => {
                let Cids { cids } = payload.deserialize()?;
                let deleted = self.differ.delete_components(&ids(&cids));
                self.socket.end_tasks_of(|id| deleted.contains(&id));
                let cids = deleted.into_iter().map(ComponentId::get).collect();
                Flow::ok(&Cids { cids })
            }
            // As what no `handle_info` takes: said, and passed over.
            _ => {
                telemetry::live_message_unhandled(self.socket.id(), event);
                Ok(Flow::NoReply)
            }
        }
    }

    async fn handle_info(
        &mut self,
        mail: Mail<V>,
        channel: &mut ChannelSocket<Self>,
    ) -> channel::Result {
        let mut answer = Answer::Push;
        let (changed, flow) = match mail {
            Mail::Info(info) => {
                let flow = handle_info(&mut self.view, info, &mut self.socket).await?;
                (Changed::View, flow)
            }
            Mail::Run(run) => {
                run(&mut self.view, &mut self.socket)?;
                (Changed::View, Flow::NoReply)
            }
            Mail::Async(ended) => {
                let flow = handle_async(&mut self.view, ended, &mut self.socket).await?;
                (Changed::View, flow)
            }
            Mail::Part(PartMail::Async(id, ended)) => {
                let Some(flow) = self.component_async(id, ended).await? else {
                    return Ok(Flow::NoReply);
                };
                (Changed::Component(id), flow)
            }
            Mail::Part(PartMail::Component(to, run)) => {
                let Some(id) = self.run_in_component(&to, run)? else {
                    return Ok(Flow::NoReply);
                };
                (Changed::Component(id), Flow::NoReply)
            }
            Mail::Part(PartMail::Patch(patch)) => {
                self.socket.send_elsewhere(Redirected::Patch(patch))?;
                (Changed::View, Flow::NoReply)
            }
            Mail::Part(PartMail::Exit) => return Err(Crash::new("a linked view crashed")),
            #[cfg(feature = "live-reload")]
            Mail::Part(PartMail::LiveReload) => {
                self.differ.forget_sent();
                (Changed::View, Flow::NoReply)
            }
            Mail::Part(PartMail::Upload(mail)) => {
                if mail.is_always_told() {
                    answer = Answer::PushAlways;
                }
                (self.upload_mail(&mail).await?, Flow::NoReply)
            }
        };
        let left = self.settle(changed, answer, channel).await?;
        Ok(left.unwrap_or(flow))
    }

    async fn terminate(&mut self, reason: &Reason, _: &mut ChannelSocket<Self>) {
        self.socket.leave_family();
        if reason.is_graceful() {
            self.socket.cut_link();
        }
        self.view.terminate(reason, &mut self.socket).await;
    }
}

/// What a callback may have changed, and therefore what is rendered.
#[derive(Debug, Clone, Copy)]
enum Changed {
    View,
    Component(ComponentId),
}

fn ids(cids: &[u64]) -> Vec<ComponentId> {
    cids.iter().copied().map(ComponentId::new).collect()
}

impl<V: LiveView> LiveChannel<V> {
    async fn event(&mut self, payload: &Payload, channel: &ChannelSocket<Self>) -> channel::Result {
        let event: wire::Event<'_> = payload.deserialize()?;
        let options = DiffOptions {
            resend_form_values: event.is_form(),
        };
        let params = event.params()?;
        self.choose_files(&event)?;
        let (changed, flow) = match event.cid.map(ComponentId::new) {
            Some(id) => match self.component_event(id, &event.event, params).await? {
                Some(flow) => (Changed::Component(id), flow),
                // Events may refer to components already gone (6.6).
                None => return Flow::ok(Payload::empty()),
            },
            None => (Changed::View, self.view_event(&event.event, params).await?),
        };
        let (reply, flow) = match flow {
            Flow::Reply(_, reply) => (Some(reply), Flow::NoReply),
            Flow::StopReply(reason, _, reply) => (Some(reply), Flow::Stop(reason)),
            flow => (None, flow),
        };
        let left = self
            .settle(changed, Answer::Reply(reply, options), channel)
            .await?;
        Ok(left.unwrap_or(flow))
    }

    async fn view_event(&mut self, event: &str, params: Param) -> channel::Result {
        if is_built_in(event)? {
            clear_flash(&mut self.socket, &params);
            return Ok(Flow::NoReply);
        }
        handle_event(&mut self.view, event, params, &mut self.socket).await
    }

    /// The page shows another URL of this view, or asks for one of another (7.4).
    async fn live_patch(
        &mut self,
        payload: &Payload,
        channel: &ChannelSocket<Self>,
    ) -> channel::Result {
        let request: wire::PatchRequest = payload.deserialize()?;
        let found = self.table.find(&request.url);
        let (route, params) =
            found.ok_or_else(|| Crash::new(format!("no live view at {:?}", request.url)))?;
        let current = self.socket.route();
        if !current.is_some_and(|current| current.shares_view(&route)) {
            return Flow::ok(Payload::from_json_text(r#"{"link_redirect":true}"#)?);
        }
        self.socket.patched_by_client(route);
        handle_params(&mut self.view, &params, &request.url, &mut self.socket).await?;
        let answer = Answer::Reply(None, DiffOptions::default());
        let left = self.settle(Changed::View, answer, channel).await?;
        Ok(left.unwrap_or(Flow::NoReply))
    }
}

/// Whether an event is one that the framework handles; of those whose names are kept for it there is one (7.6).
fn is_built_in(event: &str) -> live::Result<bool> {
    match event {
        wire::CLEAR_FLASH => Ok(true),
        _ if event.starts_with("lv:") => Flow::unhandled(event).map(|_| false),
        _ => Ok(false),
    }
}

fn clear_flash(socket: &mut AnySocket, params: &Param) {
    match params.as_map().and_then(|params| params.text("key")) {
        Some(kind) => socket.clear_flash_kind(kind),
        None => socket.clear_flash(),
    }
}
