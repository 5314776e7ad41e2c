//! A page that can take any shape, and random changes of it: what the property tests render.

use bennu::live::component::{ComponentId, LiveComponent, Socket, live_component};
use bennu::live::rendered::{BoxedRendered, Render, Slot};
use bennu::{component, heex};
use fastrand::Rng;

/// The state of the page.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// Chooses between two root templates.
    pub(crate) swapped: bool,
    pub(crate) part: Part,
    /// Live components that are always there, inside an element that does not change.
    pub(crate) live: Part,
}

/// A piece of the page; each variant has a template of its own.
#[derive(Debug, Clone)]
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
        if rng.u8(..) < 8 {
            self.swapped = !self.swapped;
        }
    }

    pub(crate) fn render(&self) -> BoxedRendered<'_> {
        if self.swapped {
            return heex! { <section>{self.part.render()}</section><hr>{self.live.render()} }
                .boxed();
        }
        heex! { <main class={self.part.name()}><!-- page -->{self.part.render()}{self.live.render()}</main> }.boxed()
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
struct Words(Vec<String>);

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
