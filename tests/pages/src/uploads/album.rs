use bennu::channel::Flow;
use bennu::heex;
use bennu::live;
use bennu::live::component::{ComponentId, LiveComponent, Socket};
use bennu::live::rendered::Render;
use bennu::live::upload::{Accept, Upload, UploadEntry, UploadOptions, live_file_input};
use bennu::protocol::form::Param;

/// A component that takes files of its own.
pub(super) struct Album {
    photos: Upload,
    shown: String,
}

impl LiveComponent for Album {
    type Props = ();

    fn mount((): (), socket: &mut Socket<'_, Self>) -> Self {
        let options = UploadOptions::new(Accept::Any).max_entries(2);
        Self {
            photos: socket.allow_upload("photos", options),
            shown: "nothing".to_owned(),
        }
    }

    fn update(&mut self, (): (), _: &mut Socket<'_, Self>) {}

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        _: &mut Socket<'_, Self>,
    ) -> live::Result {
        match event {
            "validate" => self.shown = format!("{} chosen", self.photos.entries().len()),
            "save" => {
                let saved = self.photos.consume_uploaded_entries()?;
                self.shown += &format!(", {} saved", saved.len());
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    async fn handle_progress(
        &mut self,
        _: &str,
        entry: &UploadEntry,
        _: &mut Socket<'_, Self>,
    ) -> live::Result<()> {
        self.shown += &format!(", {} {}%", entry.client_name, entry.progress);
        Ok(())
    }

    fn render(&self, myself: Option<ComponentId>) -> impl Render {
        heex! {
            <form id="album" phx-target={myself} phx-change="validate" phx-submit="save">
                <.live_file_input upload={&self.photos} />
                <button>save album</button>
                <p id="shown">{&self.shown}</p>
            </form>
        }
    }
}
