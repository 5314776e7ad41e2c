//! A page whose hooks, scripts and styles stand beside its markup, at `PORT`. A program of its own: the feature
//! `root-tag-attribute` changes every template. Its tests are `js-client/test/live/colocated.spec.mjs`.

use std::error::Error;
use std::path::Path;

use bennu::channel::Flow;
use bennu::endpoint::{CheckOrigin, Endpoint, Mount, Pipeline, Router, stop_signal};
use bennu::live::rendered::{Render, Slot, raw};
use bennu::live::{self, LiveView, LiveViews, MountError, Page, RootLayout, Socket, js};
use bennu::protocol::form::{Param, Params};
use bennu::session::{Session, SessionOptions};
use bennu::socket::{Anyone, Routes};
use bennu::token::SecretKeyBase;
use bennu::{component, heex};
use http::StatusCode;
use serde_json::json;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = std::env::var("PORT")?.parse()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    endpoint()?.serve(listener, stop_signal()).await?;
    Ok(())
}

fn endpoint() -> Result<Endpoint, Box<dyn Error>> {
    let client =
        std::env::var("LIVE_VIEW_CLIENT").unwrap_or_else(|_| "phoenix_live_view".to_owned());
    let views =
        LiveViews::new("colocated salt", Root { client }).view::<ColocatedLive>("/colocated");
    let router = Router::new()
        .live(&views)
        .pipe_through(Pipeline::Plain)
        .get("/health", async |conn| conn.text(StatusCode::OK, "ok"));
    let npm = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../js-client/node_modules"
    ));
    let endpoint = Endpoint::builder(SecretKeyBase::new("c".repeat(64))?)
        .session(SessionOptions::new("_colocated_key", "session salt"))
        .check_origin(CheckOrigin::Conn)
        .socket("/live", Mount::new(Anyone, Routes::new().live(&views)))
        .assets("/npm", npm)
        .colocated("/assets/colocated")
        .router(router)
        .build()?;
    Ok(endpoint)
}

struct Root {
    client: String,
}

impl RootLayout for Root {
    fn render(&self, page: &Page<'_>) -> impl Render {
        let client = format!("/npm/{}/priv/static/phoenix_live_view.min.js", self.client);
        let index = page.static_path("/assets/colocated/index.js");
        let imports = json!({"imports": {"phoenix-colocated/pages": index}}).to_string();
        heex! {
            <!DOCTYPE html>
            <html lang="en">
                <head>
                    <meta charset="utf-8">
                    <meta name="csrf-token" content={page.csrf_token()}>
                    <link rel="icon" href="data:,">
                    <link phx-track-static rel="stylesheet" href={page.static_path("/assets/colocated/colocated.css")}>
                    <script src="/npm/phoenix/priv/static/phoenix.min.js"></script>
                    <script src={client}></script>
                    <script type="importmap">{raw(imports)}</script>
                    <script type="module">r#"
                        import colocated, { elements, hooks } from "phoenix-colocated/pages"
                        const csrfToken = document.querySelector("meta[name=csrf-token]").content
                        window.told = []
                        window.liveSocket = new window.LiveView.LiveSocket("/live", window.Phoenix.Socket, {
                            hooks,
                            params: { _csrf_token: csrfToken },
                        })
                        window.liveSocket.connect()
                        colocated.start(window.liveSocket)
                        customElements.define("x-hello", elements.Hello)
                    "#</script>
                </head>
                <body>{page.content()}</body>
            </html>
        }
    }
}

struct ColocatedLive {
    phone: String,
}

impl LiveView for ColocatedLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self {
            phone: String::new(),
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "save" => params
                .text("phone")
                .unwrap_or_default()
                .clone_into(&mut self.phone),
            "toggle" => {
                let command = js::toggle().to("#toggled");
                socket.push_event("run", json!({"command": command}))?;
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <.phone_form />
            <p id="phone">{&self.phone}</p>

            <script :type={ColocatedJs} name="start">r#"
                export default (liveSocket) =>
                    window.addEventListener("phx:run", ({ detail }) =>
                        liveSocket.execJS(liveSocket.main.el, JSON.stringify(detail.command)),
                    )
            "#</script>
            <button phx-click="toggle">Toggle</button>
            <p id="toggled">here</p>

            <script :type={ColocatedJs} key="elements" name="Hello">r#"
                export default class extends HTMLElement {
                    connectedCallback() {
                        this.textContent = `Hello ${this.getAttribute("name")}`
                    }
                }
            "#</script>
            <div id="hello" phx-update="ignore"><x-hello name="Ada"></x-hello></div>
            <script :type={ColocatedJs}>"globalThis.ran = (globalThis.ran ?? 0) + 1"</script>

            <p id="runtime" phx-hook=".Runtime" style="display: none">shown by a hook</p>
            <script :type={ColocatedHook} name=".Runtime" runtime>
                { mounted() { this.js().show(this.el) } }
            </script>

            <.painted_everywhere />
            <p id="everywhere" class="everywhere">red</p>
            <p id="elsewhere" class="painted">none</p>
            <.painted />
            <.row />
            <.long_row />
        }
    }
}

#[component]
fn phone_form() -> impl Render {
    heex! {
        <form id="phone-form" phx-submit="save">
            <input id="phone-field" name="phone" phx-hook=".Phone">
            <script :type={ColocatedHook} name=".Phone">r#"
                export default {
                    mounted() {
                        this.el.addEventListener("input", () => {
                            const digits = this.el.value.replace(/\D/g, "").match(/^(\d{3})(\d{3})(\d{4})$/)
                            if (digits) this.el.value = digits.slice(1).join("-")
                        })
                    },
                }
            "#</script>
            <button>Save</button>
        </form>
    }
}

#[component]
fn painted_everywhere() -> impl Render {
    heex! {
        <style :type={ColocatedCss} global>
            .everywhere { color: rgb(255, 0, 0) }
        </style>
    }
}

/// Blue in its own template, up to the tags that are outermost somewhere.
#[component]
fn painted() -> impl Render {
    heex! {
        <style :type={ColocatedCss}>
            .painted { color: rgb(0, 0, 255) }
        </style>
        <div>
            <p data-color="blue" class="painted">own</p>
            <.bare><p data-color="none" class="painted">slot <b data-color="blue" class="painted">deep</b></p></.bare>
            <.yellow><p data-color="none" class="painted">slot <b data-color="blue" class="painted">deep</b></p></.yellow>
            <.green>
                <:label><p data-color="none" class="painted">slot <b data-color="blue" class="painted">deep</b></p></:label>
            </.green>
        </div>
    }
}

#[component]
fn bare(inner_block: Slot<'_>) -> impl Render {
    heex! { {inner_block} }
}

#[component]
fn yellow(inner_block: Slot<'_>) -> impl Render {
    heex! {
        <style :type={ColocatedCss}>
            .painted { color: rgb(255, 255, 0) }
        </style>
        <div><p data-color="yellow" class="painted">own</p>{inner_block}</div>
    }
}

#[component]
fn green(label: Slot<'_>) -> impl Render {
    heex! {
        <style :type={ColocatedCss}>
            .painted { color: rgb(0, 255, 0) }
        </style>
        <div><p data-color="green" class="painted">own</p>{label}</div>
    }
}

#[component]
fn row() -> impl Render {
    heex! {
        <style :type={ColocatedCss} lower-bound="exclusive">
            .row:where(:scope) { display: flex; > * { flex: 1 } }
        </style>
        <div id="row" class="row"><.items /></div>
    }
}

#[component]
fn long_row() -> impl Render {
    heex! {
        <style :type={ColocatedCss} lower-bound="inclusive">
            .row:where(:scope) { display: flex; > * { flex: 1 } }
        </style>
        <div id="long-row" class="row"><.items /></div>
    }
}

#[component]
fn items() -> impl Render {
    heex! { <p :for={number in 1..=3}>{number}</p> }
}
