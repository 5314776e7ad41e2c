//! What a page shows, and how little of it a change touches.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::attributes::Attributes;
use bennu::live::rendered::{Render, raw};
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;

pub(crate) struct RenderingLive {
    count: u32,
    tab: Tab,
    note: Option<String>,
    person: Person,
    dim: bool,
}

enum Tab {
    Text,
    List,
    Nested,
}

struct Person {
    name: String,
    address: Address,
}

struct Address {
    city: String,
    street: String,
}

impl LiveView for RenderingLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        let address = Address {
            city: "Uruk".to_owned(),
            street: "Tablet Row".to_owned(),
        };
        Ok(Self {
            count: 0,
            tab: Tab::Text,
            note: None,
            person: Person {
                name: "Ada".to_owned(),
                address,
            },
            dim: false,
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        let text = params.text("text").unwrap_or_default();
        match event {
            "inc" => self.count += 1,
            "text" => self.tab = Tab::Text,
            "list" => self.tab = Tab::List,
            "nested" => self.tab = Tab::Nested,
            "note" => self.note = Some(text.to_owned()).filter(|note| !note.is_empty()),
            "move" => text.clone_into(&mut self.person.address.city),
            "dim" => self.dim = !self.dim,
            "title" => socket.put_page_title(text),
            "nothing" => {}
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, socket: &Socket<Self>) -> impl Render {
        let Self { count, person, .. } = self;
        heex! {
            <p id="connected">{if socket.connected() { "connected" } else { "loaded" }}</p>
            <p id="count">{count}</p>
            <p id="twice">{count} and {count}</p>
            <section id="tab">
                {match self.tab {
                    Tab::Text => "only text",
                    Tab::List => <ul><li :for={number in 0..self.count}>{number}</li></ul>,
                    Tab::Nested => { <div id="nested">{self.note.as_deref().map(|note| heex! { <b>{note}</b> })}</div> }
                }}
            </section>
            <p :if={let Some(note) = &self.note} id="note" title={note}>{note}</p>
            <dl>
                <dt id="name">{&person.name}</dt>
                <dd id="city">{&person.address.city}</dd>
                <dd id="street">{&person.address.street}</dd>
            </dl>
            <div id="spread" {..self.attributes()} class={["box", self.dim.then_some("dim")]}
                style={["color: red", if self.dim { "opacity: 0.5" } else { "opacity: 1" }]}></div>
            <p id="escaped" title={DANGER}>{DANGER}</p>
            <p id="raw">{raw("<em>marked</em>")}</p>
        }
    }
}

const DANGER: &str = "</p><script>window.broken = true</script>\"' & \u{2028}";

impl RenderingLive {
    fn attributes(&self) -> Attributes<'_> {
        let attributes = Attributes::new().with("data-count", self.count.to_string());
        if self.dim {
            attributes.with("hidden", true).with("lang", "akk")
        } else {
            attributes.with("hidden", false)
        }
    }
}
