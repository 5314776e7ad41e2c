//! The table as a stream: the browser holds the rows, a tick sends one again.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::stream::Stream;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;

use crate::row::{Row, row_of_tick};

/// The live view of `/stream`.
pub(crate) struct StreamLive {
    rows: Stream<Row>,
    ticks: u64,
}

impl LiveView for StreamLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        let mut rows = Stream::new("rows", |row: &Row| row.id);
        rows.extend(Row::all());
        Ok(Self { rows, ticks: 0 })
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        if event != "tick" {
            return Flow::unhandled(event);
        }
        self.rows
            .insert(Row::new(row_of_tick(self.ticks), self.ticks));
        self.ticks += 1;
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <h1>Rows</h1>
            <button phx-click="tick">tick</button>
            <table>
                <tbody id="rows" phx-update="stream">
                    <tr :for={(dom_id, row) in &self.rows} id={dom_id}>
                        <td>{row.id}</td>
                        <td>{row.name}</td>
                        <td class="value">{row.value}</td>
                    </tr>
                </tbody>
            </table>
        }
    }
}
