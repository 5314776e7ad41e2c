//! Templates as pages and as diffs, against the rules of `liveview-wire` section 5.

mod client;
mod components;
mod diffs;
mod file;
mod js;
mod live_components;
mod markup;
mod model;
mod random;
mod slots;
mod streams;

use bennu::live::differ::{DiffOptions, Differ};
use bennu::live::html;
use bennu::live::rendered::Render;
use client::Client;
use serde_json::{Value, json};

fn page(rendered: impl Render) -> String {
    let mut page = Vec::new();
    html::write(rendered, &mut page).unwrap();
    String::from_utf8(page).unwrap()
}

/// A live view with its client: each render is checked to give what a fresh page would show.
#[derive(Default)]
struct View {
    differ: Differ,
    client: Client,
}

impl View {
    /// Renders, lets the client merge the diff, and gives the diff with every `s` resolved to its array.
    fn render<R: Render>(&mut self, template: impl Fn() -> R) -> Value {
        self.render_with(DiffOptions::default(), template)
    }

    fn render_with<R: Render>(&mut self, options: DiffOptions, template: impl Fn() -> R) -> Value {
        let mut out = b"{".to_vec();
        let changed = self.differ.diff(template(), &mut out, options).unwrap();
        out.push(b'}');
        let diff: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(changed, diff != json!({}));
        self.client.merge(&diff);
        assert_eq!(
            self.client.html(),
            page(template()),
            "the client and a fresh page differ after {diff}"
        );
        client::resolve(&diff)
    }
}
