//! Live components.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::component::{self, ComponentId, LiveComponent, live_component, live_components};
use bennu::live::rendered::Render;
use bennu::live::{self, AnySocket, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;

struct Card {
    props: CardProps,
    open: bool,
}

#[derive(Clone)]
struct CardProps {
    id: u32,
    title: String,
}

impl LiveComponent for Card {
    type Props = CardProps;

    fn mount(props: CardProps, _: &mut component::Socket<'_, Self>) -> Self {
        Self { props, open: false }
    }

    fn update(&mut self, props: CardProps, _: &mut component::Socket<'_, Self>) {
        self.props = props;
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut component::Socket<'_, Self>,
    ) -> live::Result {
        match event {
            "toggle" => self.open = !self.open,
            "archive" => {
                if let Some(board) = socket.view::<Board>() {
                    board.send(Info::Archived(self.props.id))?;
                }
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, myself: Option<ComponentId>) -> impl Render {
        heex! {
            <section>
                <h2 phx-click="toggle" phx-target={myself}>{&self.props.title}</h2>
                <button :if={self.open} phx-click="archive" phx-target={myself}>Archive</button>
            </section>
        }
    }
}

struct Board {
    cards: Vec<(u32, String)>,
}

enum Info {
    Archived(u32),
}

impl LiveView for Board {
    type Info = Info;

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        let cards = vec![(1, "One".to_owned()), (2, "Two".to_owned())];
        Ok(Self { cards })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "rename" => {
                let props = CardProps {
                    id: 1,
                    title: "First".to_owned(),
                };
                socket.send_update::<Card>("card-1", props)?;
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, info: Info, _: &mut Socket<Self>) -> live::Result {
        let Info::Archived(archived) = info;
        self.cards.retain(|(id, _)| *id != archived);
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <div :for={(id, title) in &self.cards} :key={id}>
                {live_component::<Card>(
                    format!("card-{id}"),
                    CardProps { id: *id, title: title.clone() },
                )}
            </div>
        }
    }
}

/// A user, who is looked up by id.
struct Avatar {
    name: String,
}

struct AvatarProps {
    user_id: u32,
    /// Filled in by `update_many`.
    name: String,
}

impl LiveComponent for Avatar {
    type Props = AvatarProps;

    fn update_many(avatars: &mut [(String, AvatarProps)], socket: &mut AnySocket) {
        let names = socket.assigns::<Directory>();
        for (_, props) in avatars {
            props.name = names.name(props.user_id);
        }
    }

    fn mount(props: AvatarProps, _: &mut component::Socket<'_, Self>) -> Self {
        Self { name: props.name }
    }

    fn update(&mut self, props: AvatarProps, _: &mut component::Socket<'_, Self>) {
        self.name = props.name;
    }

    fn render(&self, _: Option<ComponentId>) -> impl Render {
        heex! { <b>{&self.name}</b> }
    }
}

fn avatars(user_ids: &[u32]) -> impl Render {
    let avatars = user_ids.iter().map(|user_id| {
        let props = AvatarProps {
            user_id: *user_id,
            name: String::new(),
        };
        (format!("avatar-{user_id}"), props)
    });
    heex! { <p>{live_components::<Avatar>(avatars)}</p> }
}

/// Stands in for a database.
struct Directory;

impl Directory {
    fn name(&self, user_id: u32) -> String {
        format!("user {user_id}")
    }
}

mod tests {
    use bennu::testing::{Redirected, isolated, live};
    use serde_json::json;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_card_keeps_its_state_and_tells_its_view() -> Result<(), Redirected> {
        let conn = isolated::<Board>(|builder| builder);
        let (view, _) = live(&conn, "/").await?;
        let html = view.element("h2").text("One").render_click().await?;
        assert!(html.contains("Archive"), "{html}");
        view.render_click("rename", json!({})).await?;
        assert!(view.has_text("h2", "First").await);
        view.element("button").render_click().await?;
        assert!(!view.has_text("h2", "First").await);
        assert!(view.has_text("h2", "Two").await);
        Ok(())
    }

    struct Avatars;

    impl LiveView for Avatars {
        type Info = ();

        async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
            Ok(Self)
        }

        fn render(&self, _: &Socket<Self>) -> impl Render {
            heex! { <main>{avatars(&[1, 2])}</main> }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn all_avatars_are_looked_up_together() -> Result<(), Redirected> {
        let conn = isolated::<Avatars>(|builder| builder.assign(Directory));
        let (_, html) = live(&conn, "/").await?;
        assert!(html.contains("user 1") && html.contains("user 2"), "{html}");
        Ok(())
    }
}
