//! Streams: what the browser keeps and the server forgets.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::component::{self, ComponentId, LiveComponent, live_component};
use bennu::live::js;
use bennu::live::rendered::Render;
use bennu::live::stream::Stream;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, ParamError, Params};
use bennu::session::Session;
use serde::Deserialize;

pub(crate) struct StreamsLive {
    items: Stream<Item>,
    /// Keeps as many items as the parameter `limit` says.
    limited: Stream<Item>,
    /// A second stream, whose items name their own DOM ids.
    others: Stream<Item>,
    /// Streams in a comprehension.
    groups: Vec<Group>,
    /// Streams in live components that are items of a stream.
    boards: Stream<String>,
    count: u32,
}

#[derive(Clone, Deserialize)]
struct Item {
    id: String,
    text: String,
}

struct Group {
    name: &'static str,
    items: Stream<Item>,
}

/// What the tests ask of a stream.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Change {
    Append { items: String },
    Prepend { items: String },
    InsertAt { at: i32, items: String },
    Update { item: String },
    Delete { item: String },
    DeleteByDomId { dom_id: String },
    Reset,
}

fn items(ids: &str) -> impl Iterator<Item = Item> {
    ids.split_whitespace().map(item)
}

/// `c` is an item of this id and text, `c:new` one with another text.
fn item(text: &str) -> Item {
    let (id, text) = text.split_once(':').unwrap_or((text, text));
    Item {
        id: id.to_owned(),
        text: text.to_owned(),
    }
}

fn apply(stream: &mut Stream<Item>, params: &Param) -> Result<(), ParamError> {
    let Changes { changes } = params.deserialize()?;
    for change in changes {
        apply_one(stream, change);
    }
    Ok(())
}

fn apply_one(stream: &mut Stream<Item>, change: Change) {
    match change {
        Change::Append { items: ids } => stream.extend(items(&ids)),
        Change::Prepend { items: ids } => items(&ids).for_each(|item| stream.prepend(item)),
        Change::InsertAt { at, items: ids } => {
            items(&ids).for_each(|item| stream.insert_at(at, item));
        }
        Change::Update { item: text } => stream.update(item(&text)),
        Change::Delete { item: text } => stream.delete(&item(&text)),
        Change::DeleteByDomId { dom_id } => stream.delete_by_dom_id(dom_id),
        Change::Reset => stream.reset(),
    }
}

#[derive(Deserialize)]
struct Changes {
    changes: Vec<Change>,
}

impl LiveView for StreamsLive {
    type Info = ();

    async fn mount(params: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        let mut all = Stream::new("items", |item: &Item| item.id.clone());
        all.extend(items("a b c d"));
        let mut limited = Stream::new("limited", |item: &Item| item.id.clone());
        if let Some(limit) = params.text("limit") {
            limited = limited.limit(limit.parse()?);
        }
        limited.extend(items("a b c d"));
        let mut others = Stream::with_dom_id(|item: &Item| format!("other-{}", item.id));
        others.extend(items("a b"));
        let mut boards = Stream::new("boards", String::clone);
        boards.extend(["x", "y"].map(str::to_owned));
        Ok(Self {
            items: all,
            limited,
            others,
            groups: vec![Group::new("left"), Group::new("right")],
            boards,
            count: 0,
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        _: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "items" => apply(&mut self.items, &params)?,
            "limited" => apply(&mut self.limited, &params)?,
            "others" => apply(&mut self.others, &params)?,
            "count" => self.count += 1,
            "group" => {
                let name = params.text("name");
                let group = self
                    .groups
                    .iter_mut()
                    .find(|group| name == Some(group.name));
                if let Some(group) = group {
                    group
                        .items
                        .extend(items(params.text("items").unwrap_or_default()));
                }
            }
            "boards" => {
                self.boards.reset();
                let names = params.text("names").unwrap_or_default();
                self.boards
                    .extend(names.split_whitespace().map(str::to_owned));
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <p id="count">{self.count}</p>
            <ul id="items" phx-update="stream">
                <li id="items-empty" class="when-alone">Nothing here</li>
                <li :for={(dom_id, item) in &self.items} id={dom_id} data-count={self.count}
                    phx-remove={js::hide().with_transition("fade")}>
                    <span>{&item.text}</span>
                    <button phx-click={js::hide().to(&*format!("#{}", dom_id.as_str()))}>hide</button>
                </li>
            </ul>
            <ul id="limited" phx-update="stream">
                <li :for={(dom_id, item) in &self.limited} id={dom_id}>{&item.text}</li>
            </ul>
            <ul id="others" phx-update="stream">
                <li :for={(dom_id, item) in &self.others} id={dom_id}>{&item.text}</li>
            </ul>
            <div :for={group in &self.groups}>
                <ul id={group.name} phx-update="stream">
                    <li :for={(dom_id, item) in &group.items} id={dom_id}>{&item.text}</li>
                </ul>
            </div>
            {live_component::<Board>("single", "single".to_owned())}
            <div id="boards" phx-update="stream">
                <div :for={(dom_id, name) in &self.boards} id={dom_id}>{live_component::<Board>(name.clone(), name.clone())}</div>
            </div>
        }
    }
}

impl Group {
    fn new(name: &'static str) -> Self {
        let mut stream = Stream::new(name, |item: &Item| item.id.clone());
        stream.extend(items("a b"));
        Self {
            name,
            items: stream,
        }
    }
}

/// A live component with a stream of its own.
struct Board {
    name: String,
    notes: Stream<Item>,
}

impl LiveComponent for Board {
    type Props = String;

    fn mount(name: String, _: &mut component::Socket<'_, Self>) -> Self {
        let prefix = name.clone();
        let mut notes = Stream::with_dom_id(move |item: &Item| format!("{prefix}-{}", item.id));
        notes.extend(items("a b"));
        Self { name, notes }
    }

    fn update(&mut self, _: String, _: &mut component::Socket<'_, Self>) {}

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        _: &mut component::Socket<'_, Self>,
    ) -> live::Result {
        match event {
            "notes" => apply(&mut self.notes, &params)?,
            "prepend" => self.notes.prepend(item("new")),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, myself: Option<ComponentId>) -> impl Render {
        heex! {
            <section id={format!("board-{}", self.name)}>
                <button phx-click="prepend" phx-target={myself}>prepend</button>
                <ul id={format!("notes-{}", self.name)} phx-update="stream">
                    <li :for={(dom_id, note) in &self.notes} id={dom_id}>{&note.text}</li>
                </ul>
            </section>
        }
    }
}
