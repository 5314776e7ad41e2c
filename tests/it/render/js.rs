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
            ["navigate", {"href": "/counter"}],
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
