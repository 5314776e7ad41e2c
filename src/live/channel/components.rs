//! The callbacks of components: each is taken out of its place, so that it may have the view's socket meanwhile.

use super::{LiveChannel, clear_flash, is_built_in};
use crate::channel::Flow;
use crate::live::component::{AnyComponent, ComponentId, Own};
use crate::live::lifecycle::{handle_component_async, handle_component_event};
use crate::live::mail::{RunInComponent, ToComponent};
use crate::live::task::EndedOfComponent;
use crate::live::{LiveView, Result};
use crate::protocol::form::Param;

/// A component out of its place.
pub(super) struct Taken {
    pub(super) component: Box<dyn AnyComponent>,
    id: ComponentId,
    own: Own,
}

impl<V: LiveView> LiveChannel<V> {
    /// Lets a component take an event; none when the view does not hold it.
    pub(super) async fn component_event(
        &mut self,
        id: ComponentId,
        event: &str,
        params: Param,
    ) -> Result<Option<Flow>> {
        let Some(mut taken) = self.take_component(id) else {
            return Ok(None);
        };
        let socket = &mut self.socket;
        let flow = if is_built_in(event)? {
            clear_flash(socket, &params);
            Flow::NoReply
        } else {
            handle_component_event(&mut *taken.component, id, event, params, socket).await?
        };
        self.put_component(taken);
        Ok(Some(flow))
    }

    /// Runs what was sent to a component; none when the view does not hold it.
    pub(super) fn run_in_component(
        &mut self,
        to: &ToComponent,
        run: Box<RunInComponent>,
    ) -> Result<Option<ComponentId>> {
        let Some(id) = self.differ.view().components.resolve(to) else {
            return Ok(None);
        };
        let Some(mut taken) = self.take_component(id) else {
            return Ok(None);
        };
        run(&mut *taken.component, &mut self.socket, id)?;
        self.put_component(taken);
        Ok(Some(id))
    }

    /// Hands a component what a task of it gave; none when the view does not hold it.
    pub(super) async fn component_async(
        &mut self,
        id: ComponentId,
        ended: Box<dyn EndedOfComponent>,
    ) -> Result<Option<Flow>> {
        let Some(mut taken) = self.take_component(id) else {
            return Ok(None);
        };
        let socket = &mut self.socket;
        let flow = handle_component_async(&mut *taken.component, id, ended, socket).await?;
        self.put_component(taken);
        Ok(Some(flow))
    }

    pub(super) fn take_component(&mut self, id: ComponentId) -> Option<Taken> {
        let components = &mut self.differ.view().components;
        let component = components.take(id)?;
        let mut own = components.take_own(id);
        self.socket.enter_component(&mut own);
        Some(Taken { component, id, own })
    }

    pub(super) fn put_component(&mut self, mut taken: Taken) {
        self.socket.leave_component(&mut taken.own);
        let components = &mut self.differ.view().components;
        components.put_own(taken.id, taken.own);
        components.put(taken.id, taken.component);
    }
}
