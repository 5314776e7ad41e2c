//! Rows with and without keys.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;

pub(super) struct ListLive {
    rows: Vec<Row>,
    next: u32,
}

struct Row {
    id: u32,
    name: String,
    tags: Vec<&'static str>,
}

impl ListLive {
    fn new_row(&mut self, tags: Vec<&'static str>) -> Row {
        let id = self.next;
        self.next += 1;
        let name = format!("new {id}");
        Row { id, name, tags }
    }
}

impl LiveView for ListLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        let rows = (1..=3).map(|id| Row {
            id,
            name: format!("row <{id}>"),
            tags: vec!["a", "b"],
        });
        let rows = rows.collect();
        Ok(Self { rows, next: 4 })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        _: &mut Socket<Self>,
    ) -> live::Result {
        let id = params.as_map().and_then(|params| params.get("id"));
        let id = id.and_then(|id| id.deserialize::<u32>().ok());
        match event {
            "append" => {
                let row = self.new_row(Vec::new());
                self.rows.push(row);
            }
            "prepend" => {
                let row = self.new_row(vec!["z"]);
                self.rows.insert(0, row);
            }
            "change" => {
                let changed = self.rows.iter_mut().filter(|row| Some(row.id) == id);
                changed.for_each(|row| row.name.push('!'));
            }
            "delete" => self.rows.retain(|row| Some(row.id) != id),
            "reverse" => self.rows.reverse(),
            "clear" => self.rows.clear(),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <table>
              <tr :for={row in &self.rows} :key={row.id} id={format_args!("r{}", row.id)}>
                <td>{row.name}</td>
                <td><span :for={tag in &row.tags}>{tag}</span></td>
              </tr>
            </table>
            <ul>
              <li :for={(index, row) in self.rows.iter().enumerate()}>{index}: {row.name}</li>
            </ul>
        }
    }
}
