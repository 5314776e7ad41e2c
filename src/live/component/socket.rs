use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use super::{ComponentId, LiveComponent};
use crate::live::AnySocket;

/// The socket that a component's callbacks receive: the view's, for the time of one callback.
pub struct Socket<'s, C: LiveComponent> {
    view: &'s mut AnySocket,
    myself: Option<ComponentId>,
    component: PhantomData<fn() -> C>,
}

impl<'s, C: LiveComponent> Socket<'s, C> {
    pub(crate) const fn new(view: &'s mut AnySocket, myself: Option<ComponentId>) -> Self {
        Self {
            view,
            myself,
            component: PhantomData,
        }
    }

    /// The target of the component's events, `@myself` in Phoenix; none in a template that no view renders.
    #[must_use]
    pub const fn myself(&self) -> Option<ComponentId> {
        self.myself
    }
}

impl<C: LiveComponent> Deref for Socket<'_, C> {
    type Target = AnySocket;

    fn deref(&self) -> &AnySocket {
        self.view
    }
}

impl<C: LiveComponent> DerefMut for Socket<'_, C> {
    fn deref_mut(&mut self) -> &mut AnySocket {
        self.view
    }
}

impl<C: LiveComponent> fmt::Debug for Socket<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("view", &self.view)
            .field("myself", &self.myself)
            .finish_non_exhaustive()
    }
}
