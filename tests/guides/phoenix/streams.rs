//! Streams, and the other ways to keep little.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::event::LiveEvent;
use bennu::live::rendered::Render;
use bennu::live::stream::Stream;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;

struct Song {
    id: u32,
    title: String,
}

struct Songs {
    songs: Stream<Song>,
}

#[derive(LiveEvent)]
enum Event {
    Add { title: String },
    Rename { id: u32, title: String },
    Delete { dom_id: String },
    Clear,
}

impl LiveView for Songs {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        let mut songs = Stream::new("songs", |song: &Song| song.id).limit(-100);
        songs.extend(newest());
        Ok(Self { songs })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        _: &mut Socket<Self>,
    ) -> live::Result {
        match Event::decode(event, &params)? {
            Event::Add { title } => self.songs.prepend(Song { id: 3, title }),
            Event::Rename { id, title } => self.songs.update(Song { id, title }),
            Event::Delete { dom_id } => self.songs.delete_by_dom_id(dom_id),
            Event::Clear => self.songs.reset(),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <ul id="songs" phx-update="stream">
                <li class="only:block hidden" id="songs-empty">No songs yet</li>
                <li :for={(dom_id, song) in &self.songs} id={dom_id}>
                    {&song.title}
                    <button phx-click="delete" phx-value-dom_id={dom_id}>Delete</button>
                </li>
            </ul>
        }
    }
}

fn newest() -> Vec<Song> {
    let song = |id, title: &str| Song {
        id,
        title: title.to_owned(),
    };
    vec![song(1, "So What"), song(2, "Blue in Green")]
}

mod tests {
    use bennu::testing::{Redirected, isolated, live};
    use serde_json::json;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn songs_come_and_go() -> Result<(), Redirected> {
        let (view, html) = live(&isolated::<Songs>(|builder| builder), "/").await?;
        assert!(html.contains("Blue in Green"), "{html}");
        view.render_click("add", json!({"title": "Freddie"}))
            .await?;
        let html = view.render().await;
        assert!(html.find("songs-3") < html.find("songs-1"), "{html}");
        view.render_click("rename", json!({"id": 2, "title": "Flamenco"}))
            .await?;
        assert!(view.has_text("#songs-2", "Flamenco").await);
        view.element("#songs-1 button").render_click().await?;
        assert!(!view.has_element("#songs-1").await);
        view.render_click("clear", json!({})).await?;
        assert!(!view.has_element("#songs-2").await);
        Ok(())
    }
}
