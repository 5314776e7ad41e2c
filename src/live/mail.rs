//! What a connected view's task takes from its mailbox.

use std::any::TypeId;
use std::fmt;

use super::component::{AnyComponent, ComponentId, LiveComponent, Socket as ComponentSocket};
use super::task::{EndedOf, EndedOfComponent};
use super::upload::UploadMail;
use super::{AnySocket, LiveView, Result, Socket};
use crate::channel::Recipient;
use crate::protocol::live::LivePatch;

/// A message to a view.
pub(crate) enum Mail<V: LiveView> {
    /// For `handle_info`.
    Info(V::Info),
    /// To be run in the view, when a task of its own has ended, say.
    Run(Box<Run<V>>),
    /// What a task of the view gave, for its hooks and then for the view.
    Async(Box<dyn EndedOf<V>>),
    /// For a part of the view.
    Part(PartMail),
}

type Run<V> = dyn FnOnce(&mut V, &mut Socket<V>) -> Result<()> + Send;

/// A message whose type does not depend on the view's.
pub(crate) enum PartMail {
    /// A view inside this one patches the page's URL.
    Patch(LivePatch),
    /// A view inside this one crashed that had linked itself to it.
    Exit,
    /// To be run in a component, if the page still shows it.
    Component(ToComponent, Box<RunInComponent>),
    /// What the view shows has changed in a file: it renders anew.
    #[cfg(feature = "live-reload")]
    LiveReload,
    /// What a task of a component gave, if the page still shows the component.
    Async(ComponentId, Box<dyn EndedOfComponent>),
    /// From the channel of an upload.
    Upload(UploadMail),
}

pub(crate) type RunInComponent =
    dyn FnOnce(&mut dyn AnyComponent, &mut AnySocket, ComponentId) -> Result<()> + Send;

/// How a component is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ToComponent {
    Id(ComponentId),
    Identity(TypeId, String),
}

impl PartMail {
    pub(crate) fn update<C: LiveComponent>(id: String, props: C::Props) -> Self
    where
        C::Props: Send + 'static,
    {
        let to = ToComponent::Identity(TypeId::of::<C>(), id);
        Self::component::<C>(to, |component, socket| {
            component.update(props, socket);
            Ok(())
        })
    }

    /// Runs `run` in the component of type `C` that `to` finds.
    pub(crate) fn component<C: LiveComponent>(
        to: ToComponent,
        run: impl FnOnce(&mut C, &mut ComponentSocket<'_, C>) -> Result<()> + Send + 'static,
    ) -> Self {
        Self::Component(
            to,
            Box::new(
                move |component, socket, id| match component.as_any().downcast_mut() {
                    Some(component) => run(component, &mut ComponentSocket::new(socket, Some(id))),
                    None => Ok(()),
                },
            ),
        )
    }
}

impl<V: LiveView> Mail<V> {
    pub(super) fn expect_info(self) -> V::Info {
        match self {
            Self::Info(info) => info,
            Self::Run(_) | Self::Async(_) | Self::Part(_) => {
                unreachable!("a mailbox hands back the mail it refused")
            }
        }
    }

    fn expect_part(self) -> PartMail {
        match self {
            Self::Part(mail) => mail,
            Self::Run(_) | Self::Async(_) | Self::Info(_) => {
                unreachable!("a mailbox hands back the mail it refused")
            }
        }
    }
}

/// The way to a view's `handle_info`.
pub(super) fn to_handle_info<V: LiveView>(view: Recipient<Mail<V>>) -> Recipient<V::Info> {
    view.wrapped(Mail::Info, Mail::expect_info)
}

/// The way to the parts of a view.
pub(super) fn to_parts<V: LiveView>(view: Recipient<Mail<V>>) -> Recipient<PartMail> {
    view.wrapped(Mail::Part, Mail::expect_part)
}

impl fmt::Debug for PartMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Patch(patch) => f.debug_tuple("Patch").field(patch).finish(),
            Self::Exit => f.write_str("Exit"),
            #[cfg(feature = "live-reload")]
            Self::LiveReload => f.write_str("LiveReload"),
            Self::Async(id, _) => f.debug_tuple("Async").field(id).finish_non_exhaustive(),
            Self::Upload(mail) => f.debug_tuple("Upload").field(mail).finish(),
            Self::Component(to, _) => f.debug_tuple("Component").field(to).finish_non_exhaustive(),
        }
    }
}
