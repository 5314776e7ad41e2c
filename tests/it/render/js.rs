use std::time::Duration;

use bennu::live::attributes::Attributes;
use bennu::live::js::{self, Js};
use bennu::live::rendered::Render;
use bennu::{component, heex};
use serde_json::{Value, json};

fn commands<Last>(js: &Js<Last>) -> Value {
    serde_json::from_str(&js.to_string()).unwrap()
}

// The buttons of `JsLive` as Phoenix encodes them, in our recordings.
#[test]
fn commands_are_encoded_as_phoenix_does() {
    let toggle = js::toggle()
        .to("#box")
        .push("ev")
        .value(&json!({"a": 1}))
        .target("#box")
        .page_loading();
    assert_eq!(
        commands(&toggle),
        json!([
            ["toggle", {"to": "#box"}],
            ["push", {"value": {"a": 1}, "target": "#box", "event": "ev", "page_loading": true}]
        ])
    );

    let transition = ("fade", "from", "to");
    let add = js::add_class("c1 c2")
        .to(js::closest("div"))
        .with_transition(transition)
        .time(Duration::from_millis(100));
    assert_eq!(
        commands(&add),
        json!([["add_class", {
            "time": 100, "names": ["c1", "c2"], "to": {"closest": "div"}, "transition": [["fade"], ["from"], ["to"]]
        }]])
    );

    let detail = json!({"x": "<>&'\""});
    let go = js::dispatch("my:ev")
        .to("#box")
        .detail(&detail)
        .navigate("/counter")
        .patch("/js?x=1")
        .replace();
    assert_eq!(
        commands(&go),
        json!([
            ["dispatch", {"to": "#box", "detail": detail, "event": "my:ev"}],
            ["navigate", {"href": "/counter", "replace": false}],
            ["patch", {"replace": true, "href": "/js?x=1"}]
        ])
    );
}

#[test]
fn every_command_has_its_arguments() {
    let first = js::ignore_attributes(&["open"])
        .to("#b4")
        .show()
        .to(js::inner(".i"))
        .display("flex")
        .hide()
        .to("#z");
    let second = first
        .blocking(false)
        .set_attribute("aria-x", "1")
        .remove_attribute("q")
        .switch_attribute("open", "true", "false");
    let third = second
        .toggle_attribute("a", "b")
        .focus()
        .to("#k")
        .focus_first()
        .push_focus()
        .pop_focus();
    let fourth = third
        .exec("data-x")
        .to("#b1")
        .toggle_class("tc")
        .remove_class("rc")
        .transition("shake");
    let rest = js::toggle()
        .transition_in("a")
        .transition_out("b")
        .display("block")
        .push("e")
        .target(3)
        .loading("#l");
    let all = fourth.then(&rest.dispatch("d").bubbles(false));
    assert_eq!(
        commands(&all),
        json!([
            ["ignore_attrs", {"attrs": ["open"], "to": "#b4"}],
            ["show", {"display": "flex", "to": {"inner": ".i"}}],
            ["hide", {"to": "#z", "blocking": false}],
            ["set_attr", {"attr": ["aria-x", "1"]}],
            ["remove_attr", {"attr": "q"}],
            ["toggle_attr", {"attr": ["open", "true", "false"]}],
            ["toggle_attr", {"attr": ["a", "b"]}],
            ["focus", {"to": "#k"}],
            ["focus_first", {}],
            ["push_focus", {}],
            ["pop_focus", {}],
            ["exec", {"attr": "data-x", "to": "#b1"}],
            ["toggle_class", {"names": ["tc"]}],
            ["remove_class", {"names": ["rc"]}],
            ["transition", {"transition": [["shake"], [], []]}],
            ["toggle", {"ins": [["a"], [], []], "outs": [["b"], [], []], "display": "block"}],
            ["push", {"event": "e", "target": 3, "loading": "#l"}],
            ["dispatch", {"event": "d", "bubbles": false}]
        ])
    );
    assert_eq!(serde_json::to_value(&all).unwrap(), commands(&all));
}

#[test]
fn commands_are_attributes_of_elements_and_components() {
    #[component]
    fn link(#[prop(rest)] rest: Attributes<'_>) -> impl Render {
        heex! { <a {..rest}></a> }
    }
    let rendered = heex! { <b phx-click={js::hide()}></b><.link phx-click={js::push("<e>")} /> };
    assert_eq!(
        super::page(rendered),
        "<b phx-click=\"[[&quot;hide&quot;,{}]]\"></b>\
         <a phx-click=\"[[&quot;push&quot;,{&quot;event&quot;:&quot;&lt;e&gt;&quot;}]]\"></a>"
    );
}

/// Section 11, command by command with all its options.
#[test]
fn every_command_takes_all_its_options() {
    let (time, wave) = (Duration::from_millis(50), ("a b", "c", "d"));
    let classes = json!([["a", "b"], ["c"], ["d"]]);
    let all = |name: &str, more: Value| {
        let mut options = json!({"to": "#x", "transition": classes, "time": 50, "blocking": false});
        let more = more.as_object().unwrap().clone();
        options.as_object_mut().unwrap().extend(more);
        json!([[name, options]])
    };
    macro_rules! timed {
        ($command:expr) => {
            commands(
                &$command
                    .to("#x")
                    .with_transition(wave)
                    .time(time)
                    .blocking(false),
            )
        };
    }
    let names = json!({"names": ["n", "m"]});
    assert_eq!(
        timed!(js::show().display("flex")),
        all("show", json!({"display": "flex"}))
    );
    assert_eq!(timed!(js::hide()), all("hide", json!({})));
    assert_eq!(
        timed!(js::add_class("n m")),
        all("add_class", names.clone())
    );
    assert_eq!(
        timed!(js::remove_class("n m")),
        all("remove_class", names.clone())
    );
    assert_eq!(timed!(js::toggle_class("n m")), all("toggle_class", names));
    let transition = js::transition(wave).to("#x").time(time).blocking(false);
    assert_eq!(commands(&transition), all("transition", json!({})));
    let toggle = js::toggle()
        .transition_in(wave)
        .transition_out("e")
        .display("flex")
        .to("#x")
        .time(time)
        .blocking(false);
    assert_eq!(
        commands(&toggle),
        json!([["toggle", {
            "ins": classes, "outs": [["e"], [], []], "display": "flex", "to": "#x", "time": 50, "blocking": false
        }]])
    );
    let push = js::push("e")
        .target("#c")
        .loading("#l")
        .page_loading()
        .value(&json!({"a": [1]}));
    assert_eq!(
        commands(&push),
        json!([["push", {"event": "e", "target": "#c", "loading": "#l", "page_loading": true, "value": {"a": [1]}}]])
    );
    let dispatch = js::dispatch("e")
        .to(js::inner("i"))
        .detail(&json!({"a": 1}))
        .bubbles(false)
        .blocking(true);
    assert_eq!(
        commands(&dispatch),
        json!([["dispatch", {"event": "e", "to": {"inner": "i"}, "detail": {"a": 1}, "bubbles": false, "blocking": true}]])
    );
}

// Every command that acts on an element takes the three kinds of selectors, and nothing means the element itself.
#[test]
fn commands_on_elements_take_every_kind_of_selector() {
    macro_rules! to {
        ($($command:expr),*) => {
            [$((
                commands(&$command.to("#x")),
                commands(&$command.to(js::inner("i"))),
                commands(&$command.to(js::closest("c"))),
                commands(&$command),
            )),*]
        };
    }
    for (page, inner, closest, own) in to![
        js::set_attribute("a", "b"),
        js::remove_attribute("a"),
        js::toggle_attribute("a", "b"),
        js::switch_attribute("a", "b", "c"),
        js::ignore_attributes(&["a", "data-*"]),
        js::exec("a"),
        js::focus(),
        js::focus_first(),
        js::push_focus()
    ] {
        assert_eq!(page[0][1]["to"], json!("#x"));
        assert_eq!(inner[0][1]["to"], json!({"inner": "i"}));
        assert_eq!(closest[0][1]["to"], json!({"closest": "c"}));
        assert_eq!(own[0][1].get("to"), None);
    }
    let links = js::navigate("/a").replace().patch("/b").pop_focus();
    assert_eq!(
        commands(&links),
        json!([["navigate", {"href": "/a", "replace": true}], ["patch", {"href": "/b", "replace": false}], ["pop_focus", {}]])
    );
}
