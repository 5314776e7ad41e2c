//! A stream: items that only the browser keeps.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::stream::{InsertOptions, Stream};
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use serde::Deserialize;
use serde_json::Value;

pub(super) struct StreamLive {
    items: Stream<Item>,
}

struct Item {
    id: String,
    name: String,
}

impl Item {
    fn new(id: &str, name: &str) -> Self {
        let (id, name) = (id.to_owned(), name.to_owned());
        Self { id, name }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Order {
    id: Value,
    dom_id: String,
    at: Option<i32>,
    limit: Option<i32>,
    update_only: bool,
}

impl Order {
    fn id(&self) -> String {
        match &self.id {
            Value::String(id) => id.clone(),
            id => id.to_string(),
        }
    }
}

impl LiveView for StreamLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        let mut items = Stream::new("items", |item: &Item| item.id.clone());
        for id in 1..=3 {
            items.insert(Item::new(&id.to_string(), &format!("item {id}")));
        }
        Ok(Self { items })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        _: &mut Socket<Self>,
    ) -> live::Result {
        let order: Order = params.deserialize()?;
        match event {
            "insert" => self.insert(&order),
            "delete" => self.items.delete(&Item::new(&order.id(), "")),
            "delete_dom" => self.items.delete_by_dom_id(order.dom_id),
            "reset" => {
                self.items.reset();
                self.items.insert(Item::new("9", "nine"));
            }
            "bulk" => {
                self.items.insert_at(0, Item::new("20", "t"));
                self.items.insert_at(0, Item::new("21", "u"));
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <ul id="items" phx-update="stream">
              <li :for={(dom_id, item) in &self.items} id={dom_id}>{item.name}</li>
            </ul>
        }
    }
}

impl StreamLive {
    fn insert(&mut self, order: &Order) {
        let id = order.id();
        let item = Item::new(&id, &format!("item {id} v2"));
        let options = InsertOptions {
            at: order.at.unwrap_or(-1),
            limit: order.limit,
            update_only: order.update_only,
        };
        self.items.insert_with(item, options);
    }
}
