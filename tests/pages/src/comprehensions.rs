//! Lists that grow, shrink and change their order.

use bennu::channel::Flow;
use bennu::live::component::{self, ComponentId, LiveComponent, live_component};
use bennu::live::rendered::{Render, Slot};
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use bennu::{component, heex};

pub(crate) struct ComprehensionsLive {
    rows: Vec<Row>,
    suffix: String,
}

struct Row {
    key: String,
    version: u32,
}

impl LiveView for ComprehensionsLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        let rows = ["a", "b", "c"].map(|key| Row::new(key.to_owned()));
        Ok(Self {
            rows: rows.into(),
            suffix: String::new(),
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        _: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "show" => self.show(params.deserialize::<Shown>()?.keys),
            "touch" => {
                let key = params.text("key");
                for row in self.rows.iter_mut().filter(|row| key == Some(&row.key)) {
                    row.version += 1;
                }
            }
            "suffix" => params
                .text("suffix")
                .unwrap_or_default()
                .clone_into(&mut self.suffix),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        let rows = &self.rows;
        heex! {
            <ol id="indexed"><li :for={row in rows}>{&row.key} {row.version}{&self.suffix}</li></ol>
            <ol id="keyed">
                <li :for={row in rows} :key={&row.key} id={format!("keyed-{}", row.key)}>
                    {&row.key} {row.version}{&self.suffix}
                    <input name={format!("note[{}]", row.key)} aria-label={format!("note of {}", row.key)}>
                </li>
            </ol>
            <ol id="framed">
                <.framed :for={row in rows} :key={&row.key} title={&row.key}>
                    {row.version}
                    {if row.version > 0 { <b>{&row.key} changed</b> } else { <i>{&row.key} did not</i> }}
                </.framed>
            </ol>
            <ol id="live">
                <li :for={row in rows} :key={&row.key}>
                    {live_component::<Tally>(row.key.clone(), (row.key.clone(), row.version))}
                </li>
            </ol>
            <table id="nested">
                <tr :for={row in rows} :key={&row.key}>
                    <td :for={number in 0..=row.version}>{&row.key}{number}{&self.suffix}</td>
                </tr>
            </table>
        }
    }
}

#[derive(serde::Deserialize)]
struct Shown {
    keys: Vec<String>,
}

impl ComprehensionsLive {
    /// Shows these rows in this order; those that were there keep their versions.
    fn show(&mut self, keys: Vec<String>) {
        let mut held = std::mem::take(&mut self.rows);
        self.rows = keys
            .into_iter()
            .map(|key| match held.iter().position(|row| row.key == key) {
                Some(at) => held.swap_remove(at),
                None => Row::new(key),
            })
            .collect();
    }
}

impl Row {
    const fn new(key: String) -> Self {
        Self { key, version: 0 }
    }
}

#[component]
fn framed(title: &str, inner_block: Slot<'_>) -> impl Render {
    heex! { <li class="framed" title={title}>{inner_block}</li> }
}

/// Counts clicks, so that it shows whether it is still the same component.
struct Tally {
    row: (String, u32),
    clicks: u32,
}

impl LiveComponent for Tally {
    type Props = (String, u32);

    fn mount(row: (String, u32), _: &mut component::Socket<'_, Self>) -> Self {
        Self { row, clicks: 0 }
    }

    fn update(&mut self, row: (String, u32), _: &mut component::Socket<'_, Self>) {
        self.row = row;
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        _: &mut component::Socket<'_, Self>,
    ) -> live::Result {
        match event {
            "click" => self.clicks += 1,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, myself: Option<ComponentId>) -> impl Render {
        let (key, version) = &self.row;
        heex! { <button phx-click="click" phx-target={myself}>{key} {version}: {self.clicks}</button> }
    }
}
