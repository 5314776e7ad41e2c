use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;

use super::sent::SentNode;
use super::shared::{Reference, SharedStatics};
use crate::live::AnySocket;
use crate::live::component::{
    AnyComponent, COMPONENTS_MAX, ComponentId, LiveComponent, Own, Socket,
};
use crate::live::mail::ToComponent;
use crate::live::rendered::{Held, RenderError, Sink, Template};
use crate::telemetry::{LiveCallback, component_destroyed};

/// The components of a view, and what the client holds of them.
#[derive(Debug, Default)]
pub(crate) struct Components {
    mounted: HashMap<ComponentId, Mounted, foldhash::fast::RandomState>,
    ids: HashMap<Identity, ComponentId, foldhash::fast::RandomState>,
    /// The members of `c` in this diff.
    written: Vec<u8>,
    shared: SharedStatics,
    /// The component being written.
    current: Option<ComponentId>,
    /// The last id given away; ids begin at 1 and never come back.
    last: u64,
    /// Counts renders, to notice a component that is placed twice.
    render: u64,
    /// Some component has hooks, or had.
    hooked: bool,
}

type Identity = (TypeId, String);

struct Mounted {
    /// Away while it is written.
    component: Option<Box<dyn AnyComponent>>,
    identity: Identity,
    /// Its type, for telemetry.
    name: &'static str,
    sent: Option<Box<SentNode>>,
    own: Own,
    /// The client is about to remove it.
    doomed: bool,
    placed_in: u64,
    written_in: u64,
}

impl fmt::Debug for Mounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mounted")
            .field("identity", &self.identity)
            .field("doomed", &self.doomed)
            .finish_non_exhaustive()
    }
}

impl Components {
    /// Mounts or updates the component that stands in a place of the page.
    pub(crate) fn place<C: LiveComponent>(
        view: &mut Held,
        id: String,
        props: C::Props,
    ) -> Result<ComponentId, RenderError> {
        let identity = (TypeId::of::<C>(), id);
        match view.components.ids.get(&identity) {
            Some(&id) => Self::update::<C>(view, id, props).map(|()| id),
            None => Self::mount::<C>(view, identity, props),
        }
    }

    fn update<C: LiveComponent>(
        view: &mut Held,
        id: ComponentId,
        props: C::Props,
    ) -> Result<(), RenderError> {
        let mut component = view.components.begin_update(id)?;
        if let Some(component) = component.as_any().downcast_mut::<C>() {
            let running = LiveCallback::begin();
            let mut own = view.components.take_own(id);
            view.within(&mut own, |socket| {
                component.update(props, &mut Socket::new(socket, Some(id)));
            });
            view.components.put_own(id, own);
            running.updated_component(std::any::type_name::<C>(), id.get());
        }
        view.components.put(id, component);
        Ok(())
    }

    /// Takes the component out of its place for an update.
    fn begin_update(&mut self, id: ComponentId) -> Result<Box<dyn AnyComponent>, RenderError> {
        let mounted = self
            .mounted
            .get_mut(&id)
            .expect("an identity has its component");
        if mounted.placed_in == self.render {
            return Err(RenderError::SameComponentTwice);
        }
        mounted.placed_in = self.render;
        if std::mem::take(&mut mounted.doomed) {
            // The client may have dropped parts of it already.
            mounted.sent = None;
        }
        // A component that places itself is away while it is written.
        mounted
            .component
            .take()
            .ok_or(RenderError::SameComponentTwice)
    }

    fn mount<C: LiveComponent>(
        view: &mut Held,
        identity: Identity,
        props: C::Props,
    ) -> Result<ComponentId, RenderError> {
        if view.components.mounted.len() == COMPONENTS_MAX {
            return Err(RenderError::TooManyComponents);
        }
        let id = view.components.number();
        let mut own = Own::default();
        let component = view.within(&mut own, |socket| {
            C::mount(props, &mut Socket::new(socket, Some(id)))
        });
        let hooked = !own.hooks.is_empty();
        let components = &mut view.components;
        components.ids.insert(identity.clone(), id);
        let placed_in = components.render;
        components.mounted.insert(
            id,
            Mounted {
                component: Some(Box::new(component)),
                identity,
                name: std::any::type_name::<C>(),
                sent: None,
                own,
                doomed: false,
                placed_in,
                written_in: 0,
            },
        );
        components.hooked |= hooked;
        Ok(id)
    }

    /// The next id.
    pub(crate) fn number(&mut self) -> ComponentId {
        self.last += 1;
        ComponentId(self.last)
    }

    /// The id of the component that mail is for, if the view holds it.
    pub(crate) fn resolve(&self, to: &ToComponent) -> Option<ComponentId> {
        match to {
            ToComponent::Id(id) => self.mounted.contains_key(id).then_some(*id),
            ToComponent::Identity(kind, id) => self.ids.get(&(*kind, id.clone())).copied(),
        }
    }

    /// Takes a component out of its place, for a callback.
    pub(crate) fn take(&mut self, id: ComponentId) -> Option<Box<dyn AnyComponent>> {
        self.mounted.get_mut(&id)?.component.take()
    }

    /// Puts a component back.
    pub(crate) fn put(&mut self, id: ComponentId, component: Box<dyn AnyComponent>) {
        if let Some(mounted) = self.mounted.get_mut(&id) {
            mounted.component = Some(component);
        }
    }

    /// Takes what a component has for itself, for a callback.
    pub(in crate::live) fn take_own(&mut self, id: ComponentId) -> Own {
        let mounted = self.mounted.get_mut(&id);
        mounted.map_or_else(Own::default, |mounted| std::mem::take(&mut mounted.own))
    }

    /// Puts it back.
    pub(in crate::live) fn put_own(&mut self, id: ComponentId, own: Own) {
        self.hooked |= !own.hooks.is_empty();
        if let Some(mounted) = self.mounted.get_mut(&id) {
            mounted.own = own;
        }
    }

    /// Runs the hooks of the components that the last render wrote.
    pub(in crate::live) fn after_render(&mut self, socket: &mut AnySocket) {
        if !self.hooked {
            return;
        }
        for mounted in self.mounted.values_mut() {
            if mounted.written_in == self.render && !mounted.own.hooks.is_empty() {
                socket.enter_component(&mut mounted.own);
                socket.after_render();
                socket.leave_component(&mut mounted.own);
            }
        }
    }

    /// The component being written.
    pub(crate) fn current(&self) -> Option<ComponentId> {
        self.current
    }

    /// What stands for the statics of the component being written, if it need not bring them.
    pub(crate) fn refer_to_statics(&mut self, template: &'static Template) -> Option<Reference> {
        self.shared.refer(template, self.current?, self.render)
    }

    /// Begins a diff.
    pub(super) fn begin(&mut self) {
        self.render += 1;
        self.written.clear();
    }

    /// Adds a member of `c`, if there is anything in it.
    fn add_written(&mut self, id: ComponentId, members: &[u8]) {
        if members.is_empty() {
            return;
        }
        self.written.extend_from_slice(if self.written.is_empty() {
            b"\""
        } else {
            b",\""
        });
        self.written
            .extend_from_slice(itoa::Buffer::new().format(id.get()).as_bytes());
        self.written.extend_from_slice(b"\":{");
        self.written.extend_from_slice(members);
        self.written.push(b'}');
    }

    /// The members of `c`.
    pub(crate) fn take_written(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.written)
    }

    /// The component with this id, if it has this type.
    pub(super) fn get_mut<C: LiveComponent>(&mut self, id: ComponentId) -> Option<&mut C> {
        self.mounted.get_mut(&id)?.get_mut()
    }

    /// The component with this type and developer's id.
    pub(super) fn find<C: LiveComponent>(&self, id: &str) -> Option<ComponentId> {
        self.ids.get(&(TypeId::of::<C>(), id.to_owned())).copied()
    }

    /// Notes that the client is about to remove these.
    pub(super) fn doom(&mut self, ids: &[ComponentId]) {
        for id in ids {
            if let Some(mounted) = self.mounted.get_mut(id) {
                mounted.doomed = true;
                self.shared.forget(*id);
            }
        }
    }

    /// Drops those of the components that were not shown again meanwhile.
    pub(super) fn delete(&mut self, ids: &[ComponentId]) -> Vec<ComponentId> {
        ids.iter()
            .copied()
            .filter(|id| self.delete_one(*id))
            .collect()
    }

    fn delete_one(&mut self, id: ComponentId) -> bool {
        let doomed = self.mounted.get(&id).is_some_and(|held| held.doomed);
        let Some(mounted) = doomed.then(|| self.mounted.remove(&id)).flatten() else {
            return false;
        };
        component_destroyed(mounted.name, id.get());
        self.ids.remove(&mounted.identity);
        true
    }

    /// Drops all components: the client does the same when it gets another root.
    pub(crate) fn delete_all(&mut self) {
        self.mounted.clear();
        self.ids.clear();
        self.written.clear();
        self.shared.clear();
    }

    /// Sends every component whole when it is next shown.
    pub(super) fn forget_sent(&mut self) {
        self.shared.clear();
        for mounted in self.mounted.values_mut() {
            mounted.sent = None;
        }
    }
}

impl Mounted {
    fn get_mut<C: LiveComponent>(&mut self) -> Option<&mut C> {
        self.component.as_mut()?.as_any().downcast_mut()
    }
}

/// Renders a component and says whether the client has to be told anything of it.
pub(crate) fn render(sink: &mut Sink, id: ComponentId) -> bool {
    let components = &mut sink.view.components;
    let Some(mounted) = components.mounted.get_mut(&id) else {
        return false;
    };
    let (Some(component), sent) = (mounted.component.take(), mounted.sent.take()) else {
        return false;
    };
    let outer = components.current.replace(id);
    let (written, sent) = sink.component_root(sent, |dynamic| {
        component.render_as(id, dynamic);
    });
    let components = &mut sink.view.components;
    components.current = outer;
    if let Some(mounted) = components.mounted.get_mut(&id) {
        (mounted.component, mounted.sent) = (Some(component), sent);
        mounted.written_in = components.render;
    }
    components.add_written(id, &written);
    !written.is_empty()
}
