use std::any::Any;

use super::Exit;
use super::tasks::TaskToken;
use crate::live::component::{AnyComponent, ComponentId, LiveComponent, Socket as ComponentSocket};
use crate::live::{AnySocket, LiveView, Result, Socket};

/// A task that has ended, on the way to whoever started it.
pub(super) struct Ended<T, F> {
    pub(super) token: TaskToken,
    pub(super) result: std::result::Result<T, Exit>,
    pub(super) then: F,
}

/// What hooks see of a task that has ended.
pub(crate) trait AnyEnded: Send {
    fn token(&self) -> &TaskToken;
    fn result(&mut self) -> std::result::Result<&mut (dyn Any + Send), &Exit>;
}

/// A task of a view, for the view.
pub(crate) trait EndedOf<V: LiveView>: AnyEnded {
    fn hand_over(self: Box<Self>, view: &mut V, socket: &mut Socket<V>) -> Result<()>;
}

/// A task of a component, for the component.
pub(crate) trait EndedOfComponent: AnyEnded {
    fn hand_over(
        self: Box<Self>,
        component: &mut dyn AnyComponent,
        id: ComponentId,
        socket: &mut AnySocket,
    ) -> Result<()>;
}

impl<T: Send + 'static, F: Send> AnyEnded for Ended<T, F> {
    fn token(&self) -> &TaskToken {
        &self.token
    }

    fn result(&mut self) -> std::result::Result<&mut (dyn Any + Send), &Exit> {
        match &mut self.result {
            Ok(result) => Ok(result),
            Err(exit) => Err(exit),
        }
    }
}

impl<V, T, F> EndedOf<V> for Ended<T, F>
where
    V: LiveView,
    T: Send + 'static,
    F: FnOnce(&mut V, std::result::Result<T, Exit>, &mut Socket<V>) -> Result<()> + Send,
{
    fn hand_over(self: Box<Self>, view: &mut V, socket: &mut Socket<V>) -> Result<()> {
        (self.then)(view, self.result, socket)
    }
}

/// Finds out which type a component has that started a task.
pub(super) struct InComponent<T, F, C> {
    pub(super) ended: Ended<T, F>,
    pub(super) component: std::marker::PhantomData<fn(C)>,
}

impl<T: Send + 'static, F: Send, C> AnyEnded for InComponent<T, F, C> {
    fn token(&self) -> &TaskToken {
        self.ended.token()
    }

    fn result(&mut self) -> std::result::Result<&mut (dyn Any + Send), &Exit> {
        self.ended.result()
    }
}

impl<C, T, F> EndedOfComponent for InComponent<T, F, C>
where
    C: LiveComponent,
    T: Send + 'static,
    F: FnOnce(&mut C, std::result::Result<T, Exit>, &mut ComponentSocket<'_, C>) -> Result<()>
        + Send,
{
    fn hand_over(
        self: Box<Self>,
        component: &mut dyn AnyComponent,
        id: ComponentId,
        socket: &mut AnySocket,
    ) -> Result<()> {
        match component.as_any().downcast_mut() {
            Some(component) => {
                let mut socket = ComponentSocket::new(socket, Some(id));
                (self.ended.then)(component, self.ended.result, &mut socket)
            }
            None => Ok(()),
        }
    }
}
