//! A page that can take any shape, and random changes of it: what the property tests render.

use bennu::live::component::{ComponentId, LiveComponent, Socket, live_component};
use bennu::live::rendered::{BoxedRendered, Render, Slot};
use bennu::live::stream::Stream;
use bennu::{component, heex};
use fastrand::Rng;

/// The state of the page.
#[derive(Debug)]
pub(crate) struct Page {
    /// Chooses between two root templates.
    pub(crate) swapped: bool,
    pub(crate) part: Part,
    /// Live components that are always there, inside an element that does not change.
    pub(crate) live: Part,
    /// Streams, which only a client that keeps their items shows as they are.
    pub(crate) lists: Vec<List>,
}

/// A stream, and what a browser holds of it: each item's id and text, in their order.
#[derive(Debug)]
pub(crate) struct List {
    id: u32,
    held: Vec<(u32, String)>,
    stream: Stream<(u32, String)>,
}

/// A piece of the page; each variant has a template of its own.
#[derive(Debug)]
pub(crate) enum Part {
    Nothing,
    Text(String),
    Markup(String, bool),
    Optional(Option<Box<Self>>),
    Pair(Box<Self>, Box<Self>),
    Keyed(Vec<(u32, Self)>),
    Listed(Vec<Self>),
    Table(Vec<(u32, Vec<String>)>),
    Card(String, Box<Self>),
    Cards(Vec<(u32, String)>),
    /// Live components; the number tells those of one part from those of another.
    Live(u32, Vec<(u32, Vec<String>)>),
}

impl Page {
    pub(crate) fn random(rng: &mut Rng) -> Self {
        let live = Part::Live(0, vec![(0, listed(rng, text)), (1, listed(rng, text))]);
        Self {
            swapped: rng.bool(),
            part: Part::random(rng, 4),
            live,
            lists: Vec::new(),
        }
    }

    /// A page with streams on it.
    #[cfg_attr(
        test,
        expect(dead_code, reason = "only the example has a client that keeps items")
    )]
    pub(crate) fn random_with_lists(rng: &mut Rng) -> Self {
        let lists = (0..3).map(|id| List::random(id, rng)).collect();
        Self {
            lists,
            ..Self::random(rng)
        }
    }

    /// Changes one or several places.
    pub(crate) fn change(&mut self, rng: &mut Rng) {
        for _ in 0..rng.usize(0..4) {
            self.part.change(rng, 4);
        }
        if let Part::Live(_, rows) = &mut self.live {
            rows[rng.usize(0..2)].1 = listed(rng, text);
        }
        for list in &mut self.lists {
            list.change(rng);
        }
        if rng.u8(..) < 32 {
            rng.shuffle(&mut self.lists);
        }
        if rng.u8(..) < 8 {
            self.swapped = !self.swapped;
        }
    }

    pub(crate) fn render(&self) -> BoxedRendered<'_> {
        self.render_with(false)
    }

    /// As a browser shows it that was there from the start.
    #[cfg_attr(test, expect(dead_code, reason = "as above"))]
    pub(crate) fn render_held(&self) -> BoxedRendered<'_> {
        self.render_with(true)
    }

    fn render_with(&self, held: bool) -> BoxedRendered<'_> {
        let lists = heex! {
            <section :for={list in &self.lists} :key={list.id}>
                <ul id={format!("list-{}", list.id)} phx-update="stream">{list.render(held)}</ul>
            </section>
        };
        if self.swapped {
            return heex! { <section>{self.part.render()}</section><hr>{self.live.render()}{lists} }
                .boxed();
        }
        heex! { <main class={self.part.name()}><!-- page -->{self.part.render()}{self.live.render()}{lists}</main> }.boxed()
    }

    /// The live components that the page shows, by their ids.
    #[cfg_attr(test, expect(dead_code, reason = "as above"))]
    pub(crate) fn live_components(&self) -> Vec<String> {
        let mut ids = Vec::new();
        self.part.collect_live(&mut ids);
        self.live.collect_live(&mut ids);
        ids
    }
}

impl List {
    fn random(id: u32, rng: &mut Rng) -> Self {
        let stream = Stream::with_dom_id(move |(item, _): &(u32, String)| format!("{id}-{item}"));
        let mut list = Self {
            id,
            held: Vec::new(),
            stream,
        };
        list.change(rng);
        list
    }

    /// Resets, deletes and inserts, each or none of them, every item at most once.
    fn change(&mut self, rng: &mut Rng) {
        if rng.u8(..) < 24 {
            self.stream.reset();
            self.held.clear();
        }
        // A browser deletes before it inserts.
        let (deleted, others): (Vec<u32>, Vec<u32>) = (0..8).partition(|_| rng.u8(0..12) == 0);
        for item in deleted {
            self.stream.delete(&(item, String::new()));
            self.held.retain(|(held, _)| *held != item);
        }
        for item in others {
            match rng.u8(0..12) {
                0 => self.insert(item, -1, text(rng)),
                1 => self.insert(item, 0, text(rng)),
                2 => self.insert(item, rng.i32(1..4), text(rng)),
                3 => self.update(item, text(rng)),
                _ => {}
            }
        }
    }

    fn update(&mut self, item: u32, text: String) {
        self.stream.update((item, text.clone()));
        if let Some((_, held)) = self.held.iter_mut().find(|(held, _)| *held == item) {
            *held = text;
        }
    }

    fn insert(&mut self, item: u32, at: i32, text: String) {
        self.stream.insert_at(at, (item, text.clone()));
        if let Some((_, held)) = self.held.iter_mut().find(|(held, _)| *held == item) {
            *held = text;
            return;
        }
        let end = self.held.len();
        let at = usize::try_from(at).map_or(end, |at| at.min(end));
        self.held.insert(at, (item, text));
    }

    fn render(&self, held: bool) -> BoxedRendered<'_> {
        if held {
            return heex! { <li :for={(item, text) in &self.held} id={format!("{}-{item}", self.id)}>{text}</li> }
                .boxed();
        }
        heex! { <li :for={(dom_id, (_, text)) in &self.stream} id={dom_id}>{text}</li> }.boxed()
    }
}

impl Part {
    fn random(rng: &mut Rng, depth: u32) -> Self {
        let kind = if depth == 0 {
            rng.u8(0..3)
        } else {
            rng.u8(0..11)
        };
        let part = |rng: &mut Rng| Self::random(rng, depth - 1);
        match kind {
            0 => Self::Nothing,
            1 => Self::Text(text(rng)),
            2 => Self::Markup(text(rng), rng.bool()),
            3 => Self::Optional(rng.bool().then(|| part(rng).into())),
            4 => Self::Pair(part(rng).into(), part(rng).into()),
            5 => Self::Keyed(keyed(rng, part)),
            6 => Self::Listed(listed(rng, part)),
            7 => Self::Table(keyed(rng, |rng| listed(rng, text))),
            8 => Self::Card(text(rng), part(rng).into()),
            9 => Self::Cards(keyed(rng, text)),
            _ => Self::Live(rng.u32(..), keyed(rng, |rng| listed(rng, text))),
        }
    }

    fn change(&mut self, rng: &mut Rng, depth: u32) {
        if depth == 0 || rng.u8(..) < 32 {
            *self = Self::random(rng, depth);
            return;
        }
        let inside = |part: &mut Self, rng: &mut Rng| part.change(rng, depth - 1);
        match self {
            Self::Nothing => *self = Self::random(rng, depth),
            Self::Text(held) => *held = text(rng),
            Self::Markup(held, strong) => (*held, *strong) = (text(rng), rng.bool()),
            Self::Optional(Some(part)) if rng.bool() => inside(part, rng),
            Self::Optional(part) => *part = rng.bool().then(|| Self::random(rng, depth - 1).into()),
            Self::Pair(left, right) => inside(if rng.bool() { left } else { right }, rng),
            Self::Keyed(rows) => change_rows(rng, rows, inside, |rng| Self::random(rng, depth - 1)),
            Self::Listed(parts) => {
                change_list(rng, parts, inside, |rng| Self::random(rng, depth - 1));
            }
            Self::Table(rows) => {
                let cells =
                    |cells: &mut Vec<String>, rng: &mut Rng| change_list(rng, cells, replace, text);
                change_rows(rng, rows, cells, |rng| listed(rng, text));
            }
            Self::Live(_, rows) => {
                let words = |words: &mut Vec<String>, rng: &mut Rng| {
                    change_list(rng, words, replace, text);
                };
                change_rows(rng, rows, words, |rng| listed(rng, text));
            }
            Self::Card(title, _) if rng.bool() => *title = text(rng),
            Self::Card(_, body) => inside(body, rng),
            Self::Cards(cards) => change_rows(rng, cards, replace, text),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Nothing | Self::Optional(None) => "nothing",
            Self::Keyed(_) | Self::Listed(_) | Self::Table(_) | Self::Cards(_) | Self::Live(..) => {
                "many"
            }
            Self::Text(_)
            | Self::Markup(..)
            | Self::Optional(_)
            | Self::Pair(..)
            | Self::Card(..) => "one",
        }
    }

    fn collect_live(&self, ids: &mut Vec<String>) {
        match self {
            Self::Live(part, rows) => {
                ids.extend(rows.iter().map(|(key, _)| format!("{part}-{key}")));
            }
            Self::Optional(Some(part)) | Self::Card(_, part) => part.collect_live(ids),
            Self::Pair(left, right) => {
                left.collect_live(ids);
                right.collect_live(ids);
            }
            Self::Keyed(rows) => rows.iter().for_each(|(_, part)| part.collect_live(ids)),
            Self::Listed(parts) => parts.iter().for_each(|part| part.collect_live(ids)),
            _ => {}
        }
    }

    fn render(&self) -> BoxedRendered<'_> {
        heex! {
            {match self {
                Self::Nothing => "",
                Self::Text(text) => text,
                Self::Markup(text, strong) => {
                    <p title={strong.then_some(text)} hidden={strong}>{text}<b :if={*strong}>{text}</b></p>
                }
                Self::Optional(part) => part.as_ref().map(|part| part.render()),
                Self::Pair(left, right) => { <>{left.render()}-{right.render()}</> }
                Self::Keyed(rows) => <ul><li :for={(key, part) in rows} :key={key}>{key}: {part.render()}</li></ul>,
                Self::Listed(parts) => for part in parts { <i>{part.render()}</i> }
                Self::Table(rows) => {
                    <table>
                        <tr :for={(key, cells) in rows} :key={key} :if={*key != 3}>
                            <td :for={cell in cells}>{cell}</td>
                        </tr>
                    </table>
                }
                Self::Card(title, body) => <.card title={title}>{title}: {body.render()}</.card>,
                Self::Live(part, rows) => {
                    <.card title="live">
                        <b :for={(key, words) in rows} :key={key}>
                            {live_component::<Words>(format!("{part}-{key}"), words.clone())}
                        </b>
                    </.card>
                }
                Self::Cards(cards) => {
                    <div><.card :for={(key, title) in cards} :key={key} title={title}><u>{key}</u></.card></div>
                }
            }}
        }
        .boxed()
    }
}

#[component]
fn card(title: &str, inner_block: Slot<'_>) -> impl Render {
    heex! { <article class={["card", title]}><h2>{title}</h2>{inner_block}</article> }
}

/// A live component that shows its props, the last of them in another one.
pub(crate) struct Words(Vec<String>);

impl LiveComponent for Words {
    type Props = Vec<String>;

    fn mount(words: Vec<String>, _: &mut Socket<'_, Self>) -> Self {
        Self(words)
    }

    fn update(&mut self, words: Vec<String>, _: &mut Socket<'_, Self>) {
        self.0 = words;
    }

    fn render(&self, _: Option<ComponentId>) -> impl Render {
        heex! {
            <div class={self.0.len().to_string()}>
                {match self.0.as_slice() {
                    [] => "none",
                    [only] => <i>{only}</i>,
                    [first, rest @ ..] => {
                        let plain = rest.iter().filter(|word| word.len() < 2);
                        <u :for={word in plain.clone()}>{word}<s :if={word == "a"}>{first}</s></u>
                        <.card title={first}>{plain.clone().count()}</.card>
                    }
                }}
            </div>
        }
    }
}

fn text(rng: &mut Rng) -> String {
    const TEXTS: [&str; 8] = [
        "",
        "a",
        "b",
        "<i>&\"'",
        "é\u{2028}\u{1}\\",
        "12",
        "null",
        "\n\t x",
    ];
    rng.choice(TEXTS).unwrap_or_default().to_owned()
}

fn replace(held: &mut String, rng: &mut Rng) {
    *held = text(rng);
}

fn listed<T>(rng: &mut Rng, item: impl Fn(&mut Rng) -> T) -> Vec<T> {
    (0..rng.usize(0..4)).map(|_| item(rng)).collect()
}

fn keyed<T>(rng: &mut Rng, item: impl Fn(&mut Rng) -> T) -> Vec<(u32, T)> {
    let mut keys: Vec<u32> = (0..8).collect();
    rng.shuffle(&mut keys);
    keys.truncate(rng.usize(0..6));
    keys.into_iter().map(|key| (key, item(rng))).collect()
}

fn change_list<T>(
    rng: &mut Rng,
    items: &mut Vec<T>,
    change: impl Fn(&mut T, &mut Rng),
    new: impl Fn(&mut Rng) -> T,
) {
    match rng.u8(0..5) {
        0 => items.insert(rng.usize(0..=items.len()), new(rng)),
        1 => items.clear(),
        2 if !items.is_empty() => drop(items.remove(rng.usize(0..items.len()))),
        3 => rng.shuffle(items),
        _ if !items.is_empty() => {
            let at = rng.usize(0..items.len());
            change(&mut items[at], rng);
        }
        _ => items.push(new(rng)),
    }
}

/// As [`change_list`], with a key that is free for each new row.
fn change_rows<T>(
    rng: &mut Rng,
    rows: &mut Vec<(u32, T)>,
    change: impl Fn(&mut T, &mut Rng),
    new: impl Fn(&mut Rng) -> T,
) {
    let free = (0..)
        .find(|key| rows.iter().all(|(held, _)| held != key))
        .unwrap_or_default();
    change_list(
        rng,
        rows,
        |(_, item), rng| change(item, rng),
        |rng| (free, new(rng)),
    );
}
