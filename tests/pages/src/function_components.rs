//! Function components: slots in all their forms, and attributes that pass through.

use bennu::channel::Flow;
use bennu::live::attributes::Attributes;
use bennu::live::rendered::{Render, Slot};
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use bennu::{SlotAttributes, component, heex};

pub(crate) struct FunctionComponentsLive {
    people: Vec<&'static str>,
    count: u32,
    foot: bool,
}

impl LiveView for FunctionComponentsLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self {
            people: vec!["Ada", "Grace"],
            count: 0,
            foot: false,
        })
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        match event {
            "inc" => self.count += 1,
            "foot" => self.foot = !self.foot,
            "join" => self.people.insert(0, "Alan"),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        let count = self.count;
        heex! {
            <.panel id="plain">Count {count}</.panel>
            <.panel id="styled" kind="loud" phx-click="inc" data-count={count.to_string()}>
                <:head>Head of {count}</:head>
                Body <b>{count}</b>
                <:foot :if={self.foot}>Foot {count}</:foot>
            </.panel>
            <.people id="people" people={&self.people}>
                <:column :let={name} label="Name">{name}</:column>
                <:column :let={name} label="Letters" narrow>{name.len() + count as usize}</:column>
                <:column :for={number in 0..count} :let={name} label="Extra">{name}{number}</:column>
            </.people>
            <.panel id="outer"><.panel id="inner" kind="quiet">Deep {count}</.panel></.panel>
        }
    }
}

#[component]
fn panel(
    id: &str,
    #[prop(default = "plain")] kind: &str,
    #[prop(rest)] rest: Attributes<'_>,
    head: Slot<'_>,
    foot: Slot<'_>,
    inner_block: Slot<'_>,
) -> impl Render {
    heex! {
        <section id={id} class={["panel", kind]} {..rest}>
            <header :if={!head.is_empty()}>{head}</header>
            <p>{inner_block}</p>
            <footer :if={!foot.is_empty()}>{foot}</footer>
        </section>
    }
}

#[derive(SlotAttributes)]
struct Column<'a> {
    label: &'a str,
    #[prop(default)]
    narrow: bool,
}

#[component]
fn people<'a>(
    id: &str,
    people: &'a [&'static str],
    column: Slot<'_, &'a str, Column<'_>>,
) -> impl Render {
    heex! {
        <table id={id}>
            <tr><th :for={column in &column} class={column.narrow.then_some("narrow")}>{column.label}</th></tr>
            <tr :for={name in people} :key={name}><td :for={column in &column}>{column.render(name)}</td></tr>
        </table>
    }
}
