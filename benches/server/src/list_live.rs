//! A table whose rows the view holds: a tick changes one, and the differ finds it.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;

use crate::row::{Row, row_of_tick};

/// The live view of `/list`.
pub(crate) struct ListLive {
    /// In order, row 1 first.
    rows: Vec<Row>,
    ticks: u64,
}

impl LiveView for ListLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self {
            rows: Row::all().collect(),
            ticks: 0,
        })
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        if event != "tick" {
            return Flow::unhandled(event);
        }
        let id = row_of_tick(self.ticks);
        if let Some(row) = self.rows.iter_mut().find(|row| row.id == id) {
            row.value += 1;
        }
        self.ticks += 1;
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <h1>Rows</h1>
            <button phx-click="tick">tick</button>
            <table>
                <tbody>
                    <tr :for={row in &self.rows} :key={row.id} id={format_args!("row-{}", row.id)}>
                        <td>{row.id}</td>
                        <td>{row.name}</td>
                        <td class="value">{row.value}</td>
                    </tr>
                </tbody>
            </table>
        }
    }
}
