//! Forms inside other views, components, portals and streams, and one that asks before it is left.

use bennu::channel::Flow;
use bennu::component;
use bennu::heex;
use bennu::live::component::{self, ComponentId, LiveComponent, live_component};
use bennu::live::components::{link, portal};
use bennu::live::nested::live_render;
use bennu::live::rendered::Render;
use bennu::live::stream::Stream;
use bennu::live::{self, LiveView, LiveViews, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;

/// The routes of these pages.
pub(crate) fn routes(views: LiveViews) -> LiveViews {
    views
        .view::<PlacedFormsLive>("/placed_forms")
        .view::<UnsavedLive>("/placed_forms/unsaved")
        .unrouted::<NestedFormLive>()
}

/// What was typed into a form, and what was sent with it.
#[derive(Clone, Default)]
struct Typed {
    word: String,
    sent: String,
}

impl Typed {
    /// Takes an event of the form; says whether it was one.
    fn take(&mut self, event: &str, params: &Param) -> bool {
        let word = params.text("word").unwrap_or_default();
        match event {
            "validate" => word.clone_into(&mut self.word),
            "save" => {
                word.clone_into(&mut self.sent);
                self.word.clear();
            }
            _ => return false,
        }
        true
    }
}

#[component]
fn word_form(name: &str, typed: &Typed, target: Option<ComponentId>) -> impl Render {
    let wrong = !typed.word.is_empty() && typed.word.len() < 3;
    heex! {
        <form id={name} phx-change="validate" phx-submit="save" phx-target={target}>
            <input type="hidden" name="form" value={name}>
            <input name="word" value={&typed.word} aria-label={name}>
            <button>save {name}</button>
            <p :if={wrong} class="error">is too short</p>
            <output>{&typed.sent}</output>
        </form>
    }
}

pub(crate) struct PlacedFormsLive {
    teleported: Typed,
    items: Stream<Item>,
    count: u32,
}

#[derive(Clone)]
struct Item {
    name: String,
    typed: Typed,
}

impl Item {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            typed: Typed::default(),
        }
    }
}

impl LiveView for PlacedFormsLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        let mut items = Stream::with_dom_id(|item: &Item| format!("item-{}", item.name));
        items.extend(["first", "second"].map(Item::new));
        Ok(Self {
            teleported: Typed::default(),
            items,
            count: 0,
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        _: &mut Socket<Self>,
    ) -> live::Result {
        let taken = match params.text("form") {
            Some("teleported") => self.teleported.take(event, &params),
            Some(name) => {
                let mut item = Item::new(name);
                let taken = item.typed.take(event, &params);
                self.items.insert(item);
                taken
            }
            None => event == "inc",
        };
        if !taken {
            return Flow::unhandled(event);
        }
        self.count += 1;
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <p id="count">{self.count}</p>
            <.portal id="teleporter" target="#outside">
                <.word_form name="teleported" typed={&self.teleported} />
            </.portal>
            <ul id="items" phx-update="stream">
                <li :for={(dom_id, item) in &self.items} id={dom_id}>
                    <.word_form name={&item.name} typed={&item.typed} />
                </li>
            </ul>
            {live_component::<FormComponent>("component", ())}
            {live_render::<NestedFormLive>("nested-view")}
        }
    }
}

struct FormComponent {
    typed: Typed,
}

impl LiveComponent for FormComponent {
    type Props = ();

    fn mount((): (), _: &mut component::Socket<'_, Self>) -> Self {
        Self {
            typed: Typed::default(),
        }
    }

    fn update(&mut self, (): (), _: &mut component::Socket<'_, Self>) {}

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        _: &mut component::Socket<'_, Self>,
    ) -> live::Result {
        if self.typed.take(event, &params) {
            return Ok(Flow::NoReply);
        }
        Flow::unhandled(event)
    }

    fn render(&self, myself: Option<ComponentId>) -> impl Render {
        heex! { <div><.word_form name="component" typed={&self.typed} target={myself} /></div> }
    }
}

pub(crate) struct NestedFormLive {
    typed: Typed,
}

impl LiveView for NestedFormLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self {
            typed: Typed::default(),
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        _: &mut Socket<Self>,
    ) -> live::Result {
        if self.typed.take(event, &params) {
            return Ok(Flow::NoReply);
        }
        Flow::unhandled(event)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <.word_form name="nested" typed={&self.typed} /> }
    }
}

/// Asks before what was typed is lost.
pub(crate) struct UnsavedLive {
    typed: Typed,
}

impl LiveView for UnsavedLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self {
            typed: Typed::default(),
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        _: &mut Socket<Self>,
    ) -> live::Result {
        if self.typed.take(event, &params) {
            return Ok(Flow::NoReply);
        }
        Flow::unhandled(event)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        let unsaved = !self.typed.word.is_empty();
        heex! {
            <div id="guard" phx-hook="Unsaved" data-unsaved={unsaved.to_string()}></div>
            <.word_form name="unsaved" typed={&self.typed} />
            <.link id="leave" navigate="/navigation">leave</.link>
        }
    }
}
