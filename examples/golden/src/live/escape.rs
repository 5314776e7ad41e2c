//! Text that has to be escaped, in every place where it can stand.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::attributes::Attributes;
use bennu::live::rendered::{Render, raw};
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use serde::Deserialize;

pub(super) struct EscapeLive {
    s: String,
    raw: String,
    on: bool,
    off: bool,
    nothing: Option<String>,
    cls: Vec<Option<String>>,
    sty: Option<String>,
    num: f64,
}

/// What an event sets; null is something else than nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Set {
    s: Option<String>,
    raw: Option<String>,
    on: Option<bool>,
    off: Option<bool>,
    nothing: Option<String>,
    cls: Option<Vec<Option<String>>>,
    #[serde(deserialize_with = "some")]
    sty: Option<Option<String>>,
    num: Option<f64>,
}

fn some<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl LiveView for EscapeLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        let classes = ["a", "b", "c"].map(|class| Some(class.to_owned()));
        Ok(Self {
            s: "<a href=\"x\">&'é\u{2028}😀</a>".to_owned(),
            raw: "<b>raw</b>".to_owned(),
            on: true,
            off: false,
            nothing: None,
            cls: classes.to_vec(),
            sty: Some("a:b".to_owned()),
            num: 1.5,
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        _: &mut Socket<Self>,
    ) -> live::Result {
        if event != "set" {
            return Flow::unhandled(event);
        }
        let set: Set = params.deserialize()?;
        self.s = set.s.unwrap_or_else(|| std::mem::take(&mut self.s));
        self.raw = set.raw.unwrap_or_else(|| std::mem::take(&mut self.raw));
        self.on = set.on.unwrap_or(self.on);
        self.off = set.off.unwrap_or(self.off);
        self.nothing = set.nothing.or_else(|| self.nothing.take());
        self.cls = set.cls.unwrap_or_else(|| std::mem::take(&mut self.cls));
        self.sty = set.sty.unwrap_or_else(|| self.sty.take());
        self.num = set.num.unwrap_or(self.num);
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        let rest = Attributes::new()
            .with("disabled", true)
            .with("class", "k")
            .with("data-a", "1")
            .with("hidden", false);
        heex! {
            <div id="e" title={&self.s} class={&self.cls} style={&self.sty} disabled={self.on} hidden={self.off} data-n={&self.nothing} data-num={self.num} {..rest}>{self.s}|{raw(&self.raw)}|{"xyz"}|{self.num}|{"sym"}|{&self.nothing}|{if self.on { "true" } else { "false" }}</div>
            <!-- a client comment -->
            <pre>
              keep
            </pre>
            <input value={&self.s} checked={self.on} />
            <br />
            <textarea>
            {self.s}</textarea>
        }
    }
}
