//! The channel behind a connected live view: `lv:*` topics. It decides what a message means and what is sent.

mod uploads;

use std::sync::Arc;

use super::component::ComponentId;
use super::differ::{DiffOptions, Differ};
use super::mail::{Mail, PartMail, RunInComponent, ToComponent};
use super::rendered::RenderError;
use super::session::sign_reload;
use super::views::Table;
use super::{LiveView, MountError, Socket};
use crate::channel::{
    self, Channel, Crash, Flow, JoinError as ChannelJoinError, JoinSocket, Reason,
    Socket as ChannelSocket,
};
use crate::live;
use crate::protocol::Payload;
use crate::protocol::form::{Param, Params};
use crate::protocol::live::{self as wire, Cids};
use crate::session::Session;
use crate::token::SecretKeyBase;

/// The npm package whose protocol this server speaks.
const LIVEVIEW_VERSION: &str = "1.2.12";

/// What a join brought and what its tokens allow.
#[derive(Clone)]
pub(super) struct Mounting {
    pub(super) table: Arc<Table>,
    pub(super) name: Arc<str>,
    pub(super) id: String,
    pub(super) url: String,
    pub(super) params: Params,
    pub(super) session: Session,
    /// The page came here by live navigation and brings another view's container.
    pub(super) navigated: bool,
}

/// A join that is not allowed: tells the page what to do instead.
pub(super) struct Refusal;

impl Channel for Refusal {
    type Info = ();

    async fn join(
        _: Payload,
        socket: &mut JoinSocket<Self>,
    ) -> Result<(Self, Payload), ChannelJoinError> {
        Err(ChannelJoinError::refuse(
            socket.assigns::<wire::JoinError>(),
        ))
    }
}

/// A connected live view and what its client holds of it.
pub(super) struct LiveChannel<V: LiveView> {
    view: V,
    socket: Socket<V>,
    differ: Differ,
    table: Arc<Table>,
    name: Arc<str>,
}

impl<V: LiveView> Channel for LiveChannel<V> {
    type Info = Mail<V>;

    async fn join(
        _: Payload,
        channel: &mut JoinSocket<Self>,
    ) -> Result<(Self, Payload), ChannelJoinError> {
        let mounting = channel.assigns::<Mounting>().clone();
        let mut socket = Socket::connected_at(mounting.id.clone(), channel.seat.share());
        let mounted = mount(&mounting, &mut socket).await;
        let view = mounted.map_err(|error| refuse(error, channel.assigns(), &mounting.table))?;
        let mut live = Self {
            view,
            socket,
            differ: Differ::new(),
            table: mounting.table,
            name: mounting.name,
        };
        let response = live.joined(mounting.navigated)?;
        Ok((live, response))
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
            _ => Flow::unhandled(event),
        }
    }

    async fn handle_info(
        &mut self,
        mail: Mail<V>,
        channel: &mut ChannelSocket<Self>,
    ) -> channel::Result {
        let (changed, flow) = match mail {
            Mail::Info(info) => {
                let flow = self.view.handle_info(info, &mut self.socket).await?;
                (Changed::View, flow)
            }
            Mail::Run(run) => {
                run(&mut self.view, &mut self.socket)?;
                (Changed::View, Flow::NoReply)
            }
            Mail::Part(PartMail::Component(to, run)) => {
                let Some(id) = self.run_in_component(&to, run)? else {
                    return Ok(Flow::NoReply);
                };
                (Changed::Component(id), Flow::NoReply)
            }
            Mail::Part(PartMail::Upload(mail)) => (self.upload_mail(&mail).await?, Flow::NoReply),
        };
        channel.push_with(wire::DIFF, |out| {
            out.push(b'{');
            let any = self.diff(changed, out, DiffOptions::default())?;
            out.push(b'}');
            Ok::<_, RenderError>(any)
        })?;
        Ok(flow)
    }

    async fn terminate(&mut self, reason: &Reason, _: &mut ChannelSocket<Self>) {
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

async fn mount<V: LiveView>(mounting: &Mounting, socket: &mut Socket<V>) -> Result<V, MountError> {
    let mut view = V::mount(&mounting.params, &mounting.session, socket).await?;
    let handled = view
        .handle_params(&mounting.params, &mounting.url, socket)
        .await;
    handled.map_err(MountError::Crashed)?;
    Ok(view)
}

/// What the page does about a view that was not mounted (4.4).
fn refuse(error: MountError, secret_key_base: &SecretKeyBase, table: &Table) -> ChannelJoinError {
    let response = match error {
        MountError::Crashed(cause) => return ChannelJoinError::Crashed(cause),
        MountError::Redirect(to) => wire::JoinError::Redirect {
            redirect: wire::Redirect {
                to,
                flash: None,
                status: None,
            },
            events: serde_json::value::RawValue::from_string("[]".to_owned())
                .expect("an empty array is JSON"),
        },
        MountError::Status(status) => wire::JoinError::Reload {
            status: status.as_u16(),
            token: sign_reload(status.as_u16(), secret_key_base, &table.signing_salt),
        },
    };
    ChannelJoinError::refuse(&response)
}

impl<V: LiveView> LiveChannel<V> {
    /// The response to the join: the whole tree (4.3).
    fn joined(&mut self, navigated: bool) -> Result<Payload, ChannelJoinError> {
        let mut response = br#"{"rendered":{"#.to_vec();
        self.diff(Changed::View, &mut response, DiffOptions::default())?;
        response.extend_from_slice(br#"},"liveview_version":""#);
        response.extend_from_slice(LIVEVIEW_VERSION.as_bytes());
        response.extend_from_slice(if navigated {
            br#"","container":["div",{}]}"#
        } else {
            br#""}"#
        });
        let response = String::from_utf8(response).expect("the renderer writes text");
        Ok(Payload::from_json_text(response)?)
    }

    /// Appends the members of the next diff; says whether there are any.
    fn diff(
        &mut self,
        changed: Changed,
        out: &mut Vec<u8>,
        options: DiffOptions,
    ) -> Result<bool, RenderError> {
        self.socket.lend(&mut self.differ.view().socket);
        let any = match changed {
            Changed::View => self
                .differ
                .diff(self.view.render(&self.socket), out, options)?,
            Changed::Component(id) => self.differ.diff_component(id, out, options)?,
        };
        if let Some(components) = &mut self.differ.view().socket {
            self.socket.absorb(components);
        }
        Ok(self.socket.take_members(out, !any))
    }

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
            None => {
                let handled = self
                    .view
                    .handle_event(&event.event, params, &mut self.socket);
                (Changed::View, handled.await?)
            }
        };
        let (reply, flow) = match flow {
            Flow::Reply(_, reply) => (Some(reply), Flow::NoReply),
            Flow::StopReply(reason, _, reply) => (Some(reply), Flow::Stop(reason)),
            flow => (None, flow),
        };
        self.acknowledge(changed, reply.as_ref(), options, channel)?;
        Ok(flow)
    }

    /// Lets a component take an event; none when the view does not hold it.
    async fn component_event(
        &mut self,
        id: ComponentId,
        event: &str,
        params: Param,
    ) -> live::Result<Option<Flow>> {
        let Some(mut component) = self.differ.view().components.take(id) else {
            return Ok(None);
        };
        let handled = component.handle_event_as(id, event, params, &mut self.socket);
        let flow = handled.await?;
        self.differ.view().components.put(id, component);
        Ok(Some(flow))
    }

    /// Runs what was sent to a component; none when the view does not hold it.
    fn run_in_component(
        &mut self,
        to: &ToComponent,
        run: Box<RunInComponent>,
    ) -> live::Result<Option<ComponentId>> {
        let components = &mut self.differ.view().components;
        let Some(id) = components.resolve(to) else {
            return Ok(None);
        };
        let Some(mut component) = components.take(id) else {
            return Ok(None);
        };
        run(&mut *component, &mut self.socket, id)?;
        self.differ.view().components.put(id, component);
        Ok(Some(id))
    }

    /// Answers the current message with what it changed (5.12, 7.1).
    fn acknowledge(
        &mut self,
        changed: Changed,
        reply: Option<&Payload>,
        options: DiffOptions,
        channel: &ChannelSocket<Self>,
    ) -> Result<(), Crash> {
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

    /// The page shows another URL of this view, or asks for one of another (7.4).
    async fn live_patch(
        &mut self,
        payload: &Payload,
        channel: &ChannelSocket<Self>,
    ) -> channel::Result {
        let request: wire::PatchRequest = payload.deserialize()?;
        let found = self.table.find(&request.url);
        let (name, params) =
            found.ok_or_else(|| Crash::new(format!("no live view at {:?}", request.url)))?;
        if name != self.name {
            return Flow::ok(Payload::from_json_text(r#"{"link_redirect":true}"#)?);
        }
        self.view
            .handle_params(&params, &request.url, &mut self.socket)
            .await?;
        self.acknowledge(Changed::View, None, DiffOptions::default(), channel)?;
        Ok(Flow::NoReply)
    }
}
