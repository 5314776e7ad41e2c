//! What visitors do: clicks, keys, focus, scrolling, and how often the server hears of it.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::js;
use bennu::live::rendered::Render;
use bennu::live::stream::Stream;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;

/// Rows that one turn of the endless list brings.
const ROWS: i32 = 10;

pub(crate) struct EventsLive {
    log: Vec<String>,
    rows: Stream<i32>,
    first: i32,
    last: i32,
    removable: bool,
    open: bool,
}

impl LiveView for EventsLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        let mut rows = Stream::new("rows", |row| *row);
        rows.extend(0..ROWS);
        Ok(Self {
            log: Vec::new(),
            rows,
            first: 0,
            last: ROWS,
            removable: true,
            open: false,
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        _: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "next" => {
                self.rows.extend(self.last..self.last + ROWS);
                self.last += ROWS;
            }
            "previous" if params.text("_overran").is_none() => {
                for row in (self.first - ROWS..self.first).rev() {
                    self.rows.prepend(row);
                }
                self.first -= ROWS;
            }
            "previous" => {}
            "clear" => self.log.clear(),
            "remove" => self.removable = false,
            "open" => self.open = true,
            _ => {}
        }
        if event != "clear" {
            self.log.push(describe(event, &params));
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <ol id="log"><li :for={entry in &self.log}>{entry}</li></ol>
            <button phx-click="clear">clear</button>
            <button phx-click="click" phx-value-id="7" phx-value-name="Ada & Bo" value="v">click</button>
            <button phx-click="open">open</button>
            <div :if={self.open} id="menu" phx-click-away="away"><button phx-click="inside">inside</button></div>
            <div :if={self.open} id="closing" phx-click-away={js::hide()}>closes</div>
            <input id="keys" phx-keydown="down" phx-keyup="up" phx-value-field="keys" aria-label="keys">
            <input id="enter" phx-keydown="enter" phx-key="Enter" aria-label="enter">
            <div phx-window-keydown="window-escape" phx-key="Escape"></div>
            <div phx-window-keyup="window-up" phx-key="F2"></div>
            <div phx-window-focus="window-focus" phx-window-blur="window-blur"></div>
            <input id="focus" phx-focus="focus" phx-blur="blur" phx-value-field="focus" aria-label="focus">
            <form id="searching" phx-change="search">
                <input id="debounced" name="debounced" phx-debounce="150" aria-label="debounced">
                <input id="until-blur" name="until_blur" phx-debounce="blur" aria-label="until blur">
            </form>
            <button phx-click="throttled" phx-throttle="10000">throttled</button>
            <div :if={self.removable} id="removable">
                <button id="remove" phx-click="remove">remove</button>
                <input id="leaving" phx-blur="left" aria-label="leaving">
            </div>
            <div id="rows" class="scrolls" phx-update="stream" phx-viewport-top="previous" phx-viewport-bottom="next">
                <div :for={(dom_id, row) in &self.rows} id={dom_id} class="tall">{row}</div>
            </div>
        }
    }
}

/// The event and its parameters in the order of their names.
fn describe(event: &str, params: &Param) -> String {
    let mut words: Vec<String> = params.as_map().map_or_else(Vec::new, |params| {
        params
            .iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", scalar(value)?)))
            .collect()
    });
    words.sort();
    words.insert(0, event.to_owned());
    words.join(" ")
}

fn scalar(value: &Param) -> Option<String> {
    match value {
        Param::Text(text) => Some(text.clone()),
        Param::Number(number) => Some(number.to_string()),
        Param::Bool(flag) => Some(flag.to_string()),
        Param::Null | Param::List(_) | Param::Map(_) => None,
    }
}
