//! Components and tasks of the engine, in a view without a route.

use std::time::Duration;

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::component::{self, ComponentId, LiveComponent, live_component};
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use bennu::testing::{View, isolated, live, render_component, rendered_to_string};
use serde_json::json;

struct Card {
    title: String,
    clicks: u32,
}

impl LiveComponent for Card {
    type Props = String;

    fn mount(title: String, _: &mut component::Socket<'_, Self>) -> Self {
        Self { title, clicks: 0 }
    }

    fn update(&mut self, title: String, _: &mut component::Socket<'_, Self>) {
        self.title = title;
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        _: &mut component::Socket<'_, Self>,
    ) -> live::Result {
        match event {
            "hit" => self.clicks += 1,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, myself: Option<ComponentId>) -> impl Render {
        heex! {
            <section id={&self.title}>
                <button phx-click="hit" phx-target={myself}>{self.clicks}</button>
            </section>
        }
    }
}

/// What the endpoint assigns.
struct Titles(Vec<&'static str>);

struct Board {
    titles: Vec<&'static str>,
    report: String,
}

impl LiveView for Board {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        let Titles(titles) = socket.assigns();
        Ok(Self {
            titles: titles.clone(),
            report: "none".to_owned(),
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "drop" => drop(self.titles.pop()),
            "report" => {
                let work = tokio::time::sleep(Duration::from_millis(80));
                socket.start_async("report", work, |board, _, _| {
                    board.report = "ready".to_owned();
                    Ok(())
                })?;
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <p>{&self.report}</p>
            <div :for={title in &self.titles}>{live_component::<Card>(*title, (*title).to_owned())}</div>
        }
    }
}

async fn board() -> View {
    let conn = isolated::<Board>(|builder| builder.assign(Titles(vec!["one", "two"])));
    live(&conn, "/").await.expect("the board is open").0
}

#[tokio::test(start_paused = true)]
async fn a_component_takes_its_own_events() {
    let view = board().await;
    let two = view.element("#two button");
    two.render_click().await.expect("it stays");
    let html = two.render_click().await.expect("it stays");
    assert!(
        html.contains(">2</button>") && html.contains(">0</button>"),
        "{html}"
    );
    let targeted = view
        .with_target("#one")
        .render_click("hit", json!({}))
        .await;
    assert!(targeted.expect("it stays").contains(">1</button>"));
}

#[tokio::test(start_paused = true)]
async fn a_component_that_is_gone_leaves_the_others() {
    let view = board().await;
    view.render_click("drop", json!({}))
        .await
        .expect("it stays");
    assert!(view.has_element("#one").await && !view.has_element("#two").await);
    let html = view
        .element("#one button")
        .render_click()
        .await
        .expect("it stays");
    assert!(html.contains(">1</button>"), "{html}");
}

#[tokio::test(start_paused = true)]
async fn tasks_are_waited_for() {
    let view = board().await;
    let html = view
        .render_click("report", json!({}))
        .await
        .expect("it stays");
    assert!(html.contains("<p>none</p>"), "{html}");
    assert!(view.render_async().await.contains("<p>ready</p>"));
}

#[test]
fn components_are_rendered_without_a_view() {
    let html = render_component::<Card>("one".to_owned());
    assert!(html.starts_with(r#"<section id="one">"#), "{html}");
    assert!(
        html.contains(r#"<button phx-click="hit">0</button>"#),
        "{html}"
    );
    let in_template =
        rendered_to_string(heex! { <p>{live_component::<Card>("a", "one".into())}</p> });
    assert_eq!(in_template, format!("<p>{html}</p>"));
}
