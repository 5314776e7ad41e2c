//! Hooks of any type.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;

use super::{Hook, Next, OnMount};
use crate::live::task::Exit;
use crate::live::{AnySocket, MountError, Result};
use crate::protocol::form::{Param, Params};
use crate::session::Session;

type Mounting<'h> = Pin<Box<dyn Future<Output = std::result::Result<(), MountError>> + Send + 'h>>;
type Hooking<'h> = Pin<Box<dyn Future<Output = Result<Next>> + Send + 'h>>;

/// An [`OnMount`] of any type: `&RequireUser` is one in [`LiveView::ON_MOUNT`](crate::live::LiveView::ON_MOUNT).
pub trait AnyOnMount: Send + Sync {
    #[doc(hidden)]
    fn on_mount_as<'h>(
        &'h self,
        params: &'h Params,
        session: &'h Session,
        socket: &'h mut AnySocket,
    ) -> Mounting<'h>;
}

impl<H: OnMount> AnyOnMount for H {
    fn on_mount_as<'h>(
        &'h self,
        params: &'h Params,
        session: &'h Session,
        socket: &'h mut AnySocket,
    ) -> Mounting<'h> {
        Box::pin(self.on_mount(params, session, socket))
    }
}

pub(super) trait AnyHook: Send + Sync {
    fn handle_params<'h>(
        &'h mut self,
        params: &'h Params,
        uri: &'h str,
        socket: &'h mut AnySocket,
    ) -> Hooking<'h>;

    fn handle_event<'h>(
        &'h mut self,
        event: &'h str,
        params: &'h Param,
        socket: &'h mut AnySocket,
    ) -> Hooking<'h>;

    fn handle_info<'h>(
        &'h mut self,
        info: &'h mut (dyn Any + Send),
        socket: &'h mut AnySocket,
    ) -> Hooking<'h>;

    fn handle_async<'h>(
        &'h mut self,
        name: &'h str,
        result: std::result::Result<&'h mut (dyn Any + Send), &'h Exit>,
        socket: &'h mut AnySocket,
    ) -> Hooking<'h>;

    fn after_render(&mut self, socket: &mut AnySocket);
}

impl<H: Hook> AnyHook for H {
    fn handle_params<'h>(
        &'h mut self,
        params: &'h Params,
        uri: &'h str,
        socket: &'h mut AnySocket,
    ) -> Hooking<'h> {
        Box::pin(Hook::handle_params(self, params, uri, socket))
    }

    fn handle_event<'h>(
        &'h mut self,
        event: &'h str,
        params: &'h Param,
        socket: &'h mut AnySocket,
    ) -> Hooking<'h> {
        Box::pin(Hook::handle_event(self, event, params, socket))
    }

    fn handle_info<'h>(
        &'h mut self,
        info: &'h mut (dyn Any + Send),
        socket: &'h mut AnySocket,
    ) -> Hooking<'h> {
        Box::pin(Hook::handle_info(self, info, socket))
    }

    fn handle_async<'h>(
        &'h mut self,
        name: &'h str,
        result: std::result::Result<&'h mut (dyn Any + Send), &'h Exit>,
        socket: &'h mut AnySocket,
    ) -> Hooking<'h> {
        Box::pin(Hook::handle_async(self, name, result, socket))
    }

    fn after_render(&mut self, socket: &mut AnySocket) {
        Hook::after_render(self, socket);
    }
}
