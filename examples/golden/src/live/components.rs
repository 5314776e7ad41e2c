//! Live components with slots, and a function component.

use bennu::channel::Flow;
use bennu::live::component::{self, ComponentId, LiveComponent, live_component};
use bennu::live::rendered::{OwnedSlot, Render};
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use bennu::{component, heex};

struct CardComponent {
    id: String,
    title: String,
    /// What the view gave last. It gives the same again with each render, and an update that was sent stays until then.
    given: String,
    inner_block: Option<OwnedSlot>,
    clicks: u32,
}

struct Card {
    id: String,
    title: String,
    /// None when an update is sent, which keeps what is there.
    inner_block: Option<OwnedSlot>,
}

impl LiveComponent for CardComponent {
    type Props = Card;

    fn mount(card: Card, _: &mut component::Socket<'_, Self>) -> Self {
        Self {
            id: card.id,
            given: card.title.clone(),
            title: card.title,
            inner_block: card.inner_block,
            clicks: 0,
        }
    }

    fn update(&mut self, card: Card, _: &mut component::Socket<'_, Self>) {
        let Some(inner_block) = card.inner_block else {
            self.title = card.title;
            return;
        };
        self.inner_block = Some(inner_block);
        if self.given != card.title {
            self.given.clone_from(&card.title);
            self.title = card.title;
        }
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        _: &mut component::Socket<'_, Self>,
    ) -> live::Result {
        match event {
            "hit" => self.clicks += 1,
            "crash" => panic!("component failed on purpose"),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, myself: Option<ComponentId>) -> impl Render {
        heex! {
            <div id={format_args!("card-{}", self.id)}>
              <b>{self.title}</b> <span>{self.clicks}</span>
              <button phx-click="hit" phx-target={myself}>hit</button>
              {&self.inner_block}
            </div>
        }
    }
}

#[component]
fn fc(label: &str, value: &str) -> impl Render {
    heex! { <span class={[Some(label), (value == "U").then_some("u")]}>{label}:{value}</span> }
}

pub(super) struct ComponentsLive {
    cards: Vec<&'static str>,
    t: &'static str,
}

impl ComponentsLive {
    fn card(&self, id: &'static str) -> impl Render + use<> {
        let slot = OwnedSlot::new(id, |id, place| {
            heex! { <em>slot {id}</em> }.render_at(place);
        });
        let card = Card {
            id: id.to_owned(),
            title: format!("{}{id}", self.t),
            inner_block: Some(slot),
        };
        live_component::<CardComponent>(id, card)
    }
}

impl LiveView for ComponentsLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self {
            cards: vec!["a", "b"],
            t: "T",
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "retitle" => self.t = "U",
            "add" => self.cards.push("c"),
            "remove" => {
                let id = params.as_map().and_then(|params| params.text("id"));
                self.cards.retain(|card| Some(*card) != id);
            }
            "send_update" => {
                let card = Card {
                    id: "a".to_owned(),
                    title: "updated".to_owned(),
                    inner_block: None,
                };
                socket.send_update::<CardComponent>("a", card)?;
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            {for card in &self.cards { <>{self.card(card)}</> }}
            <.fc label="x" value={self.t} />
        }
    }
}
