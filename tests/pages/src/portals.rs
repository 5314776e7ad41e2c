//! Parts of a page that stand elsewhere in the document, and containers that keep the focus.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::component::{self, ComponentId, LiveComponent, live_component};
use bennu::live::js;
use bennu::live::rendered::Render;
use bennu::live::stream::Stream;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;

pub(crate) struct PortalsLive {
    count: u32,
    dialog: bool,
    nested: bool,
    away: u32,
}

impl LiveView for PortalsLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self {
            count: 0,
            dialog: true,
            nested: true,
            away: 0,
        })
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        match event {
            "inc" => self.count += 1,
            "dialog" => self.dialog = !self.dialog,
            "nested" => self.nested = !self.nested,
            "away" => self.away += 1,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <p id="count">{self.count}</p>
            <p id="away">{self.away}</p>
            <button phx-click="dialog">dialog</button>
            <button phx-click="nested">nested</button>
            <div id="owner" phx-click-away="away">
                owner
                <template :if={self.dialog} id="dialog-source" data-phx-portal="#outside">
                    <div id="_lv_portal_wrap_dialog-source">
                        <div id="dialog">
                            <span id="dialog-count">{self.count}</span>
                            <button id="dialog-inc" phx-click="inc">inc</button>
                            <i id="dialog-hook" phx-hook="Recorder">hook</i>
                        </div>
                    </div>
                </template>
            </div>
            <template id="board-source" data-phx-portal="body">
                <div id="_lv_portal_wrap_board-source">{live_component::<Board>("board", ())}</div>
            </template>
            <template :if={self.nested} id="outer-source" data-phx-portal="#outside">
                <div id="_lv_portal_wrap_outer-source">
                    <div id="outer">
                        outer {self.count}
                        <template id="inner-source" data-phx-portal="body">
                            <div id="_lv_portal_wrap_inner-source"><b id="inner">inner {self.count}</b></div>
                        </template>
                    </div>
                </div>
            </template>
            <button id="open" phx-click={js::show().to("#menu").focus_first().to("#menu-content")}>open menu</button>
            <div id="menu" style="display: none" phx-hook="Phoenix.FocusWrap">
                <div id="menu-start" tabindex="0" aria-hidden="true"></div>
                <div id="menu-content"><button id="one">one</button><button id="two">two</button></div>
                <div id="menu-end" tabindex="0" aria-hidden="true"></div>
            </div>
        }
    }
}

/// A live component that is teleported, with a stream in it.
struct Board {
    notes: Stream<u32>,
    last: u32,
}

impl LiveComponent for Board {
    type Props = ();

    fn mount((): (), _: &mut component::Socket<'_, Self>) -> Self {
        let mut notes = Stream::new("notes", |note| *note);
        notes.extend([1, 2]);
        Self { notes, last: 2 }
    }

    fn update(&mut self, (): (), _: &mut component::Socket<'_, Self>) {}

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        _: &mut component::Socket<'_, Self>,
    ) -> live::Result {
        match event {
            "prepend" => {
                self.last += 1;
                self.notes.prepend(self.last);
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, myself: Option<ComponentId>) -> impl Render {
        heex! {
            <div id="board">
                <button id="prepend" phx-click="prepend" phx-target={myself}>prepend</button>
                <ul id="notes" phx-update="stream"><li :for={(dom_id, note) in &self.notes} id={dom_id}>{note}</li></ul>
            </div>
        }
    }
}
