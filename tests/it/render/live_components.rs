use bennu::live::AnySocket;
use bennu::live::component::{
    COMPONENTS_MAX, ComponentId, LiveComponent, Socket, live_component, live_components,
};
use bennu::live::differ::{DiffOptions, Differ};
use bennu::live::rendered::{Render, RenderError, Slot};
use bennu::live::stream::Stream;
use bennu::{component, heex};
use serde_json::{Value, json};

use super::{View, page};

/// A card that counts, and shows cards inside it.
struct Card {
    title: String,
    count: u32,
    inner: Vec<&'static str>,
}

impl LiveComponent for Card {
    type Props = (&'static str, Vec<&'static str>);

    fn mount((title, inner): Self::Props, _: &mut Socket<'_, Self>) -> Self {
        Self {
            title: title.into(),
            count: 0,
            inner,
        }
    }

    fn update(&mut self, (title, inner): Self::Props, _: &mut Socket<'_, Self>) {
        self.title = title.into();
        self.inner = inner;
    }

    fn render(&self, myself: Option<ComponentId>) -> impl Render {
        let target = myself.is_none().then_some("none");
        heex! {
            <div data-target={target}>
                {self.title} x{self.count}
                <ul><li :for={id in &self.inner} :key={id}><b :if={self.count > 0}>{id}</b>{live_component::<Self>(*id, (id, vec![]))}</li></ul>
            </div>
        }
    }
}

fn cards(cards: &[(&'static str, &'static str, &[&'static str])]) -> impl Render {
    heex! {
        <main :for={(id, title, inner) in cards} :key={id}>{live_component::<Card>(*id, (title, inner.to_vec()))}</main>
    }
}

impl View {
    fn send(
        &mut self,
        write: impl FnOnce(&mut Differ, &mut Vec<u8>) -> Result<bool, RenderError>,
    ) -> Value {
        let mut out = b"{".to_vec();
        write(&mut self.differ, &mut out).unwrap();
        out.push(b'}');
        let diff = serde_json::from_slice(&out).unwrap();
        self.client.merge(&diff);
        super::client::resolve(&diff)
    }

    fn show(&mut self, rendered: impl Render) -> Value {
        self.send(|differ, out| differ.diff(rendered, out, DiffOptions::default()))
    }
}

fn statics() -> Value {
    json!(["<div", ">\n    ", " x", "\n    <ul>", "</ul>\n</div>"])
}

// 6.2, 6.4: the tree holds the id, the content stands in `c`; updates are sent there alone.
#[test]
fn components_have_trees_of_their_own() {
    let mut view = View::default();
    let first = view.show(cards(&[("a", "A", &[]), ("b", "B", &[])]));
    let first_card = json!({"0": "", "1": "A", "2": "0", "3": "", "s": statics(), "r": 1});
    let like =
        |other: i64, title: &str| json!({"0": "", "1": title, "2": "0", "3": "", "s": other});
    assert_eq!(
        first,
        json!({
            "0": {"k": {"0": {"0": 1}, "1": {"0": 2}, "kc": 2}, "s": ["<main>", "</main>"]},
            "s": ["", ""],
            "c": {"1": first_card, "2": like(1, "B")}
        })
    );
    assert_eq!(
        view.show(cards(&[("a", "A", &[]), ("b", "B", &[])])),
        json!({})
    );
    let changed = view.show(cards(&[("a", "A", &[]), ("b", "B2", &[])]));
    assert_eq!(
        changed,
        json!({"0": {"k": {"1": {"0": 2}, "kc": 2}}, "c": {"2": {"1": "B2"}}})
    );
    let added = view.show(cards(&[("b", "B2", &[]), ("c", "C", &[]), ("a", "A", &[])]));
    assert_eq!(
        added,
        json!({
            "0": {"k": {"0": 1, "1": {"0": 3}, "2": 0, "kc": 3, "km": true}},
            "c": {"3": like(-1, "C")}
        })
    );
}

// 6.7: after its own event only the component is rendered, and what it shows.
#[test]
fn a_component_is_rendered_alone() {
    let mut view = View::default();
    view.show(cards(&[("a", "A", &["x", "y"])]));
    let a = view.differ.component::<Card>("a").unwrap();
    view.differ.component_mut::<Card>(a).unwrap().count = 5;
    let diff = view.send(|differ, out| differ.diff_component(a, out, DiffOptions::default()));
    let bold = |text: &str| json!({"0": {"0": text, "s": ["<b>", "</b>"]}});
    assert_eq!(
        diff,
        json!({"c": {"1": {"2": "5", "3": {"k": {"0": bold("x"), "1": bold("y"), "kc": 2}}}}})
    );
    assert!(view.client.html().contains("A x5"));

    let again = view.send(|differ, out| differ.diff_component(a, out, DiffOptions::default()));
    assert_eq!(again, json!({}));
    let unknown = view.send(|differ, out| {
        differ.diff_component(ComponentId::new(99), out, DiffOptions::default())
    });
    assert_eq!(unknown, json!({}));
    assert!(view.differ.component_mut::<Other>(a).is_none());
}

// 5.5: the client looks for changes only where something was merged, so the way to a changed component is sent again.
#[test]
fn the_way_to_a_changed_component_is_sent_again() {
    #[component]
    fn frame(inner_block: Slot<'_>) -> impl Render {
        heex! { <section>{inner_block}</section> }
    }
    let mut view = View::default();
    let render = |text: &'static str, title: &'static str| {
        heex! { <p>{text}<.frame>{live_component::<Card>("a", (title, vec![]))}</.frame></p> }
    };
    view.show(render("t", "A"));
    assert_eq!(view.show(render("u", "A")), json!({"0": "u"}));
    let both = json!({"0": "v", "1": {"0": {"0": 1}}, "c": {"1": {"1": "B"}}});
    assert_eq!(view.show(render("v", "B")), both);
}

// 5.4: inside a component statics are arrays; only a comprehension has a `p`, for what is below it.
#[test]
fn a_comprehension_in_a_component_shares_statics() {
    let mut out = Vec::new();
    let mut differ = Differ::new();
    differ
        .diff(
            cards(&[("a", "A", &["x", "y"])]),
            &mut out,
            DiffOptions::default(),
        )
        .unwrap();
    let a = differ.component::<Card>("a").unwrap();
    differ.component_mut::<Card>(a).unwrap().count = 1;
    out.clear();
    differ
        .diff_component(a, &mut out, DiffOptions::default())
        .unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        r#""c":{"1":{"2":"1","3":{"k":{"0":{"0":{"0":"x","s":0}},"1":{"0":{"0":"y","s":0}},"kc":2},"p":{"0":["<b>","</b>"]}}}}"#
    );
}

// 6.5: what the client removes is deleted, unless it was shown again: then it is sent whole.
#[test]
fn a_component_shown_again_is_sent_whole() {
    let mut view = View::default();
    view.show(cards(&[("a", "A", &["x"]), ("b", "B", &[])]));
    let ids = [1, 2, 3].map(ComponentId::new);
    view.show(cards(&[]));
    view.differ.will_delete_components(&ids);

    let revived = view.show(cards(&[("a", "A", &["x"])]));
    assert_eq!(revived["c"]["2"]["s"], statics());
    assert_eq!(revived["c"]["1"]["s"], 2);
    assert_eq!(view.differ.delete_components(&ids), [ComponentId::new(3)]);
    view.client.remove(&[3]);
    assert_eq!(view.differ.delete_components(&ids), []);
    assert!(view.differ.component::<Card>("b").is_none());

    let remounted = view.show(cards(&[("a", "A", &["x"]), ("b", "B", &[])]));
    assert_eq!(
        remounted["0"]["k"]["1"],
        json!({"0": 4}),
        "ids never come back"
    );
}

// 6.3: a component takes the statics of one that the client holds, never of one that is about to go.
#[test]
fn statics_are_shared_by_components_that_stay() {
    let mut view = View::default();
    view.show(cards(&[("a", "A", &[]), ("b", "B", &["x"])]));
    view.show(cards(&[("b", "B", &["x"])]));
    view.differ.will_delete_components(&[ComponentId::new(1)]);
    let added = view.show(cards(&[
        ("b", "B", &["x"]),
        ("c", "C", &[]),
        ("d", "D", &["y"]),
    ]));
    let statics_of = |id: &str| added["c"][id]["s"].clone();
    assert_eq!(statics_of("4"), statics());
    assert_eq!((statics_of("5"), statics_of("6")), (json!(4), json!(4)));
    view.differ.delete_components(&[ComponentId::new(1)]);
    view.client.remove(&[1]);
    let later = view.show(cards(&[("e", "E", &["z"]), ("b", "B", &[])]));
    assert_eq!(later["c"]["7"]["s"], -4);
    assert_eq!(later["c"]["8"]["s"], -4);
}

/// Two shapes of one component, each with a comprehension that may be empty.
struct Shape {
    round: bool,
    points: &'static [u32],
}

impl LiveComponent for Shape {
    type Props = (bool, &'static [u32]);

    fn mount((round, points): Self::Props, _: &mut Socket<'_, Self>) -> Self {
        Self { round, points }
    }

    fn update(&mut self, (round, points): Self::Props, _: &mut Socket<'_, Self>) {
        (self.round, self.points) = (round, points);
    }

    fn render(&self, _: Option<ComponentId>) -> impl Render {
        let points = move || heex! { <i :for={point in self.points}>{point}</i><b :if={self.points.len() > 1}>many</b> };
        if self.round {
            heex! { <p>round {points()}</p> }.boxed()
        } else {
            heex! { <p>square {points()}</p> }.boxed()
        }
    }
}

fn shapes(shapes: &[(&'static str, bool, &'static [u32])]) -> impl Render {
    heex! {
        <main :for={(id, round, points) in shapes}>{live_component::<Shape>(*id, (*round, *points))}</main>
    }
}

// 6.3: what stands inside the other component does not shine through, whatever it was.
#[test]
fn a_component_that_takes_statics_brings_everything_else() {
    let mut view = View::default();
    view.show(shapes(&[
        ("a", true, &[1, 2]),
        ("b", true, &[]),
        ("c", false, &[3]),
    ]));
    assert_eq!(
        view.client.html(),
        page(shapes(&[
            ("a", true, &[1, 2]),
            ("b", true, &[]),
            ("c", false, &[3])
        ]))
    );
    let turned: [(_, _, &'static [u32]); 5] = [
        ("a", false, &[]),
        ("b", true, &[5]),
        ("c", true, &[]),
        ("d", true, &[]),
        ("e", false, &[]),
    ];
    let diff = view.show(shapes(&turned));
    assert_eq!(view.client.html(), page(shapes(&turned)));
    // 3 is another shape now, but 1 takes what it was before.
    assert_eq!(diff["c"]["1"]["s"], -3);
    assert_eq!(diff["c"]["4"]["s"], 3);
}

// 5.7: another root template drops all components, here and at the client.
#[test]
fn another_root_drops_all_components() {
    let mut view = View::default();
    view.show(cards(&[("a", "A", &[])]));
    view.show(heex! { <p>{live_component::<Card>("a", ("A", vec![]))}</p> });
    assert_eq!(
        view.differ.component::<Card>("a"),
        Some(ComponentId::new(2))
    );
    assert!(view.client.html().contains("A x0"));
}

#[test]
fn a_page_shows_components_in_place() {
    let expected = "<main><div data-target=\"none\">\n    A x0\n    <ul></ul>\n</div></main>";
    assert_eq!(page(cards(&[("a", "A", &[])])), expected);
}

struct Other;

impl LiveComponent for Other {
    type Props = bool;

    fn mount(_: bool, _: &mut Socket<'_, Self>) -> Self {
        Self
    }

    fn update(&mut self, _: bool, _: &mut Socket<'_, Self>) {}

    fn render(&self, _: Option<ComponentId>) -> impl Render {
        heex! { <p></p><p></p> }
    }
}

#[test]
fn a_component_is_one_element() {
    let mut out = Vec::new();
    let rendered = heex! { {live_component::<Other>("a", true)} };
    let result = Differ::new().diff(rendered, &mut out, DiffOptions::default());
    assert_eq!((result, out.len()), (Err(RenderError::NotOneElement), 0));
}

#[test]
fn the_same_component_twice_is_an_error_and_everything_is_sent_again() {
    let mut view = View::default();
    view.show(cards(&[("a", "A", &[])]));
    let mut out = Vec::new();
    let twice = heex! {
        <i>{live_component::<Card>("a", ("A", vec![]))}{live_component::<Card>("a", ("A", vec![]))}</i>
    };
    let result = view.differ.diff(twice, &mut out, DiffOptions::default());
    assert_eq!(
        (result, out.len()),
        (Err(RenderError::SameComponentTwice), 0)
    );

    let again = view.show(cards(&[("a", "A", &[])]));
    assert!(
        again["s"].is_array()
            && again["c"]
                .as_object()
                .unwrap()
                .values()
                .all(|tree| tree["s"].is_array())
    );
}

/// Shows itself without end.
struct Endless(u32);

impl LiveComponent for Endless {
    type Props = u32;

    fn mount(depth: u32, _: &mut Socket<'_, Self>) -> Self {
        Self(depth)
    }

    fn update(&mut self, _: u32, _: &mut Socket<'_, Self>) {}

    fn render(&self, _: Option<ComponentId>) -> impl Render {
        heex! { <p>{live_component::<Self>(self.0.to_string(), self.0 + 1)}</p> }
    }
}

#[test]
fn components_are_bounded() {
    let mut out = Vec::new();
    let rendered = heex! { <p>{live_component::<Endless>("first", 0)}</p> };
    let result = Differ::new().diff(rendered, &mut out, DiffOptions::default());
    assert_eq!(result, Err(RenderError::TooDeep));

    let most = u32::try_from(COMPONENTS_MAX).unwrap();
    let many = |count: u32| {
        heex! { <p :for={n in 0..count}>{live_component::<Card>(n.to_string(), ("", vec![]))}</p> }
    };
    let options = DiffOptions::default();
    assert_eq!(Differ::new().diff(many(most), &mut out, options), Ok(true));
    let result = Differ::new().diff(many(most + 1), &mut out, options);
    assert_eq!(result, Err(RenderError::TooManyComponents));
}

struct Feed {
    items: Stream<u32>,
}

impl LiveComponent for Feed {
    type Props = u32;

    fn mount(item: u32, _: &mut Socket<'_, Self>) -> Self {
        let mut items = Stream::new("items", |n| *n);
        items.insert(item);
        Self { items }
    }

    fn update(&mut self, item: u32, _: &mut Socket<'_, Self>) {
        self.items.insert(item);
    }

    fn render(&self, _: Option<ComponentId>) -> impl Render {
        heex! { <ul id="feed" phx-update="stream"><li :for={(id, n) in &self.items} id={id}><b :if={*n > 0}>{n}</b></li></ul> }
    }
}

// 5.9: a stream of a component is known by the component's id and a number.
#[test]
fn streams_of_components_have_names_of_their_own() {
    let mut view = View::default();
    let feed = |item| heex! { <p>{live_component::<Feed>("f", item)}</p> };
    let first = view.show(feed(1));
    assert_eq!(
        first["c"]["1"]["0"]["stream"],
        json!(["1-0", [["items-1", -1, null, null]], []])
    );
    assert_eq!(
        first["c"]["1"]["0"]["k"]["0"]["1"]["s"],
        json!(["<b>", "</b>"])
    );
    let second = view.show(feed(2));
    assert_eq!(second["c"]["1"]["0"]["stream"][1][0][0], "items-2");
}

/// A word, and how many words came with it.
struct Word(&'static str, usize);

impl LiveComponent for Word {
    type Props = Self;

    fn update_many(words: &mut [(String, Self)], _: &mut AnySocket) {
        let count = words.len();
        for (_, word) in words {
            word.1 = count;
        }
    }

    fn mount(props: Self, _: &mut Socket<'_, Self>) -> Self {
        props
    }

    fn update(&mut self, props: Self, _: &mut Socket<'_, Self>) {
        *self = props;
    }

    fn render(&self, _: Option<ComponentId>) -> impl Render {
        heex! { <i>{self.0} of {self.1}</i> }
    }
}

fn words(words: &[&'static str]) -> impl Render {
    let words = words.to_vec();
    heex! { <p>{live_components::<Word>(words.into_iter().map(|word| (word, Word(word, 0))))}</p> }
}

// Row 98
#[test]
fn components_that_are_shown_together_are_updated_together_and_keep_their_ids_when_they_move() {
    assert_eq!(
        page(words(&["a", "b"])),
        "<p><i>a of 2</i><i>b of 2</i></p>"
    );
    let mut view = View::default();
    let first = view.show(words(&["a", "b"]));
    assert_eq!(
        first["0"]["k"],
        json!({"0": {"0": 1}, "1": {"0": 2}, "kc": 2})
    );
    assert_eq!(first["c"]["2"]["1"], "2");
    let moved = view.show(words(&["b", "a"]));
    assert_eq!(
        moved,
        json!({"0": {"k": {"0": 1, "1": 0, "kc": 2, "km": true}}})
    );
    let fewer = view.show(words(&["a"]));
    assert_eq!(fewer["c"], json!({"1": {"1": "1"}}));
    assert_eq!(page(words(&["a"])), "<p><i>a of 1</i></p>");
}
