use std::sync::Arc;

use bennu::heex;
use bennu::live::differ::{DiffOptions, Differ};
use bennu::live::html;
use bennu::live::rendered::Render;
use bennu::live::stream::{STREAM_PENDING_MAX, Stream};
use serde_json::{Value, json};

type Pets = Stream<(u32, &'static str)>;

fn pets(pets: &Pets) -> impl Render {
    heex! {
        <ul id="pets" phx-update="stream"><li :for={(id, (_, name)) in pets} id={id}>{name} <b :if={name.len() > 2}>{name.len()}</b></li></ul>
    }
}

fn diff(differ: &mut Differ, rendered: impl Render) -> Value {
    let mut out = b"{".to_vec();
    differ
        .diff(rendered, &mut out, DiffOptions::default())
        .unwrap();
    out.push(b'}');
    super::client::resolve(&serde_json::from_slice(&out).unwrap())
}

fn stream() -> Pets {
    Stream::new("pets", |(id, _)| *id)
}

// 5.9: two items; then prepend one and delete one; then reset to a single item; then nothing.
#[test]
fn items_are_sent_once() {
    let (mut view, mut differ) = (stream(), Differ::new());
    let (ul, li) = (
        json!(["<ul id=\"pets\" phx-update=\"stream\">", "</ul>"]),
        json!(["<li", ">", " ", "</li>"]),
    );
    let bold = json!({"0": "3", "s": ["<b>", "</b>"]});
    view.extend([(1, "Ada"), (2, "Bo")]);
    assert_eq!(
        diff(&mut differ, pets(&view)),
        json!({
            "0": {
                "s": li,
                "k": {
                    "0": {"0": " id=\"pets-1\"", "1": "Ada", "2": bold},
                    "1": {"0": " id=\"pets-2\"", "1": "Bo", "2": ""},
                    "kc": 2
                },
                "stream": ["0", [["pets-2", -1, null, null], ["pets-1", -1, null, null]], []]
            },
            "s": ul
        })
    );

    view.prepend((3, "Cyd"));
    view.delete(&(1, ""));
    assert_eq!(
        diff(&mut differ, pets(&view)),
        json!({"0": {
            "k": {"0": {"0": " id=\"pets-3\"", "1": "Cyd", "2": bold}, "kc": 1},
            "stream": ["0", [["pets-3", 0, null, null]], ["pets-1"]]
        }})
    );

    view.insert((4, "lost"));
    view.reset();
    view = view.limit(-5);
    view.insert((9, "Ze"));
    assert_eq!(
        diff(&mut differ, pets(&view)),
        json!({"0": {
            "k": {"0": {"0": " id=\"pets-9\"", "1": "Ze", "2": ""}, "kc": 1},
            "stream": ["0", [["pets-9", -1, -5, null]], [], true]
        }})
    );
    assert_eq!(diff(&mut differ, pets(&view)), json!({}));
}

// 5.9: a stream is sent even when it is empty at first, so that the client knows it.
// What `temporary_assigns` are for: the page has it, and the server has forgotten it.
#[test]
fn items_are_freed_once_they_are_sent() {
    type Songs = Stream<(u32, Arc<String>)>;
    fn songs(songs: &Songs) -> impl Render {
        heex! { <ul id="songs" phx-update="stream"><li :for={(id, (_, title)) in songs} id={id}>{title.as_str()}</li></ul> }
    }
    let (mut view, mut differ) = (Songs::new("songs", |(id, _)| *id), Differ::new());
    for id in 1..=3 {
        let title = Arc::new(format!("Song {id}"));
        let held = Arc::downgrade(&title);
        view.insert((id, title));
        assert!(held.upgrade().is_some());
        let sent = diff(&mut differ, songs(&view)).to_string();
        assert!(sent.contains(&format!("Song {id}")), "{sent}");
        assert!(held.upgrade().is_none(), "the item is still held");
    }
}

#[test]
fn an_empty_stream_is_registered() {
    let mut differ = Differ::new();
    let first = diff(&mut differ, pets(&stream()));
    assert_eq!(first["0"]["k"], json!({"kc": 0}));
    assert_eq!(first["0"]["stream"], json!(["0", [], []]));
}

// 5.9: inserts are listed newest first with their duplicates, items oldest first without.
#[test]
fn of_the_same_item_the_newest_is_shown() {
    let (mut view, mut differ) = (stream(), Differ::new());
    view.extend([(1, "a"), (2, "b")]);
    view.update((1, "c"));
    let stream = &diff(&mut differ, pets(&view))["0"];
    assert_eq!(stream["k"]["0"]["1"], "b");
    assert_eq!(stream["k"]["1"]["1"], "c");
    assert_eq!(stream["k"]["kc"], 2);
    let inserts = json!([
        ["pets-1", -1, null, true],
        ["pets-2", -1, null, null],
        ["pets-1", -1, null, null]
    ]);
    assert_eq!(stream["stream"][1], inserts);
}

// 5.9: a move is a deletion and an insertion of the same item.
#[test]
fn an_item_deleted_after_its_insertion_stays_away() {
    let (mut view, mut differ) = (stream(), Differ::new());
    view.insert((1, "a"));
    view.delete(&(1, "a"));
    let stream = diff(&mut differ, pets(&view))["0"]["stream"].clone();
    assert_eq!(stream, json!(["0", [], ["pets-1"]]));

    view.delete_by_dom_id("pets-\"2\"");
    view.insert((2, "b"));
    let stream = diff(&mut differ, pets(&view))["0"]["stream"].clone();
    assert_eq!(
        stream,
        json!(["0", [["pets-2", -1, null, null]], ["pets-\"2\""]])
    );
}

#[test]
fn each_stream_of_a_view_has_its_own_number() {
    let (first, second, mut differ) = (stream(), stream(), Differ::new());
    let rendered = || heex! { {for (id, _) in &first { <i id={id}></i> }}{for (id, _) in &second { <i id={id}></i> }} };
    let sent = diff(&mut differ, rendered());
    assert_eq!(
        (&sent["0"]["stream"][0], &sent["1"]["stream"][0]),
        (&json!("0"), &json!("1"))
    );
}

// 2.6: a page shows all items, and a branch that is entered again sends the statics again.
#[test]
fn a_page_shows_the_items_and_keeps_them() {
    let mut view = stream();
    view.extend([(1, "a"), (2, "b")]);
    let mut page = Vec::new();
    html::write(pets(&view), &mut page).unwrap();
    html::write(pets(&view), &mut page).unwrap();
    assert_eq!(
        String::from_utf8(page)
            .unwrap()
            .matches("<li id=\"pets-1\">a </li>")
            .count(),
        2
    );

    let mut differ = Differ::new();
    let mut render =
        |shown: bool, view: &Pets| diff(&mut differ, heex! { {if shown { pets(view) }} });
    assert!(render(true, &view).pointer("/0/0/s").is_some());
    render(false, &view);
    let again = render(true, &view);
    assert_eq!(again["0"]["0"]["k"], json!({"kc": 0}));
    assert!(again["0"]["0"]["s"].is_array());
}

#[test]
fn what_waits_in_a_stream_is_bounded() {
    let (mut view, mut differ) = (Stream::new("n", |n: &u32| *n), Differ::new());
    let count = u32::try_from(STREAM_PENDING_MAX * 2).unwrap();
    view.extend(0..count);
    let sent = diff(
        &mut differ,
        heex! { <p :for={(id, n) in &view} id={id}>{n}</p> },
    );
    let kept = usize::try_from(sent["0"]["k"]["kc"].as_u64().unwrap()).unwrap();
    assert!(
        (STREAM_PENDING_MAX..=STREAM_PENDING_MAX + STREAM_PENDING_MAX / 8).contains(&kept),
        "{kept}"
    );
    assert_eq!(
        sent["0"]["k"][(kept - 1).to_string()]["1"],
        (count - 1).to_string()
    );
}
