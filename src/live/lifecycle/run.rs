//! Runs the callbacks of a view behind its hooks.

use super::{Hooks, Next};
use crate::channel::Flow;
use crate::live::component::{AnyComponent, ComponentId};
use crate::live::task::{AnyEnded, EndedOf, EndedOfComponent};
use crate::live::views::Route;
use crate::live::{AnySocket, LiveView, MountError, Result, Socket};
use crate::protocol::form::{Param, Params};
use crate::session::Session;
use crate::telemetry::LiveCallback;

/// Runs the `on_mount` hooks: the live session's, then the view's.
pub(in crate::live) async fn on_mount<V: LiveView>(
    route: Option<&Route>,
    params: &Params,
    session: &Session,
    socket: &mut AnySocket,
) -> std::result::Result<(), MountError> {
    let of_session = route.map_or(&[][..], |route| &route.live_session.on_mount);
    for hook in of_session {
        hook.on_mount_as(params, session, socket).await?;
    }
    for hook in V::ON_MOUNT {
        hook.on_mount_as(params, session, socket).await?;
    }
    Ok(())
}

pub(in crate::live) async fn handle_params<V: LiveView>(
    view: &mut V,
    params: &Params,
    uri: &str,
    socket: &mut Socket<V>,
) -> Result<()> {
    let running = LiveCallback::begin();
    let handled = hooked_params(view, params, uri, socket).await;
    running.handled_params(std::any::type_name::<V>(), uri, handled.is_ok());
    handled
}

async fn hooked_params<V: LiveView>(
    view: &mut V,
    params: &Params,
    uri: &str,
    socket: &mut Socket<V>,
) -> Result<()> {
    if !socket.hooks.is_empty() {
        let mut hooks = Hooks::take(socket);
        let mut next = Next::Cont;
        for (_, hook) in &mut hooks.attached {
            next = hook.handle_params(params, uri, socket).await?;
            if let Next::Halt(_) = next {
                break;
            }
        }
        hooks.put_back(socket);
        if let Next::Halt(_) = next {
            return Ok(());
        }
    }
    view.handle_params(params, uri, socket).await
}

pub(in crate::live) async fn handle_event<V: LiveView>(
    view: &mut V,
    event: &str,
    params: Param,
    socket: &mut Socket<V>,
) -> Result {
    let running = LiveCallback::begin();
    let handled = hooked_event(view, event, params, socket).await;
    running.handled_event(std::any::type_name::<V>(), event, handled.is_ok());
    handled
}

async fn hooked_event<V: LiveView>(
    view: &mut V,
    event: &str,
    params: Param,
    socket: &mut Socket<V>,
) -> Result {
    match before_event(event, &params, socket).await? {
        Next::Cont => view.handle_event(event, params, socket).await,
        Next::Halt(flow) => Ok(flow),
    }
}

/// As [`handle_event`], for a component whose hooks the socket has.
pub(in crate::live) async fn handle_component_event(
    component: &mut dyn AnyComponent,
    id: ComponentId,
    event: &str,
    params: Param,
    socket: &mut AnySocket,
) -> Result {
    match before_event(event, &params, socket).await? {
        Next::Cont => component.handle_event_as(id, event, params, socket).await,
        Next::Halt(flow) => Ok(flow),
    }
}

async fn before_event(event: &str, params: &Param, socket: &mut AnySocket) -> Result<Next> {
    let mut next = Next::Cont;
    if socket.hooks.is_empty() {
        return Ok(next);
    }
    let mut hooks = Hooks::take(socket);
    for (_, hook) in &mut hooks.attached {
        next = hook.handle_event(event, params, socket).await?;
        if let Next::Halt(_) = next {
            break;
        }
    }
    hooks.put_back(socket);
    Ok(next)
}

pub(in crate::live) async fn handle_info<V: LiveView>(
    view: &mut V,
    mut info: V::Info,
    socket: &mut Socket<V>,
) -> Result<Flow> {
    if !socket.hooks.is_empty() {
        let mut hooks = Hooks::take(socket);
        let mut next = Next::Cont;
        for (_, hook) in &mut hooks.attached {
            next = hook.handle_info(&mut info, socket).await?;
            if let Next::Halt(_) = next {
                break;
            }
        }
        hooks.put_back(socket);
        if let Next::Halt(flow) = next {
            return Ok(flow);
        }
    }
    view.handle_info(info, socket).await
}

/// Hands a view what a task of it gave, if the task is the newest of its name.
pub(in crate::live) async fn handle_async<V: LiveView>(
    view: &mut V,
    mut ended: Box<dyn EndedOf<V>>,
    socket: &mut Socket<V>,
) -> Result<Flow> {
    match before_async(&mut *ended, socket).await? {
        Next::Cont => ended.hand_over(view, socket).map(|()| Flow::NoReply),
        Next::Halt(flow) => Ok(flow),
    }
}

/// As [`handle_async`], for a component whose hooks the socket has.
pub(in crate::live) async fn handle_component_async(
    component: &mut dyn AnyComponent,
    id: ComponentId,
    mut ended: Box<dyn EndedOfComponent>,
    socket: &mut AnySocket,
) -> Result<Flow> {
    match before_async(&mut *ended, socket).await? {
        Next::Cont => {
            let handed_over = ended.hand_over(component, id, socket);
            handed_over.map(|()| Flow::NoReply)
        }
        Next::Halt(flow) => Ok(flow),
    }
}

async fn before_async(ended: &mut dyn AnyEnded, socket: &mut AnySocket) -> Result<Next> {
    let mut next = Next::Cont;
    if !socket.tasks().has_ended(ended.token()) {
        return Ok(Next::Halt(Flow::NoReply));
    }
    if socket.hooks.is_empty() {
        return Ok(next);
    }
    let name = ended.token().name().to_owned();
    let mut hooks = Hooks::take(socket);
    for (_, hook) in &mut hooks.attached {
        next = hook.handle_async(&name, ended.result(), socket).await?;
        if let Next::Halt(_) = next {
            break;
        }
    }
    hooks.put_back(socket);
    Ok(next)
}

impl AnySocket {
    /// Runs the hooks that are interested in renders.
    pub(in crate::live) fn after_render(&mut self) {
        if self.hooks.is_empty() {
            return;
        }
        let mut hooks = Hooks::take(self);
        for (_, hook) in &mut hooks.attached {
            hook.after_render(self);
        }
        hooks.put_back(self);
    }
}
