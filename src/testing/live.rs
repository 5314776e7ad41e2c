//! Tests of live views without a browser, as `Phoenix.LiveViewTest`.

mod client;
mod conn;
mod dom;
mod element;
mod excerpt;
mod find;
mod form;
mod page;
mod patch;
mod redirected;
mod rendered;
mod target;
mod trigger;
mod upload;
mod view;

use std::panic::Location;
use std::sync::Arc;

use bennu_macros::heex;
use http::{Method, StatusCode};

use super::secret_key_base;
use crate::endpoint::{Builder, Endpoint, Mount, Router};
use crate::live::component::{LiveComponent, live_component};
use crate::live::rendered::Render;
use crate::live::{LiveView, LiveViews, Page, RootLayout, html};
use crate::session::SessionOptions;
use crate::socket::{Anyone, Routes};

pub use conn::Conn;
pub use element::Element;
pub use form::Form;
pub use redirected::Redirected;
pub use target::Target;
pub use upload::{Upload, UploadError, UploadFile};
pub use view::View;

use client::Client;
use excerpt::excerpt;

/// A visitor's browser that has been nowhere yet: `build_conn/0` of `Phoenix.ConnTest`.
///
/// ```
/// use bennu::endpoint::{Conn, Endpoint, Router};
/// use bennu::testing::build_conn;
/// use bennu::token::SecretKeyBase;
/// use http::StatusCode;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let router = Router::new().get("/hello", async |conn: Conn| conn.text(StatusCode::OK, "Hello!"));
/// let endpoint = Endpoint::builder(SecretKeyBase::new("k".repeat(64))?).router(router).build()?;
/// let response = build_conn(&endpoint).get("/hello").await;
/// assert_eq!((response.status(), &**response.body()), (StatusCode::OK, "Hello!"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn build_conn(endpoint: &Endpoint) -> Conn {
    Conn::new(endpoint)
}

/// Loads a page, connects it, and joins its live views: `live/2`. Gives the view that the URL belongs to, and its HTML.
///
/// The page's script is taken to open the socket at `/live`; see [`Conn::live_socket_path`].
///
/// # Errors
/// When the page goes elsewhere, before it has connected or in the view's `mount`.
///
/// # Panics
/// When the page answers with another status than 200 or shows no live view, when the socket refuses the connection, or
/// when a view crashes in `mount`.
#[track_caller]
pub fn live(
    conn: &Conn,
    path: &str,
) -> impl Future<Output = Result<(View, String), Redirected>> + use<> {
    open(Location::caller(), conn.clone(), path.to_owned())
}

async fn open(at: &Location<'_>, conn: Conn, path: String) -> Result<(View, String), Redirected> {
    let response = conn.request(at, Method::GET, &path, String::new()).await;
    if let Some(to) = conn::location(&response) {
        return Err(Redirected::redirect(to));
    }
    let (status, html) = (response.status(), response.into_body());
    assert!(
        status == StatusCode::OK,
        "{at}: {path} answers with {status}{}",
        excerpt(&html)
    );
    let url = page::resolve(&conn.origin(), &path);
    let client = Arc::new(Client::connect(at, &conn, &html, url).await);
    let Some(main) = client.page().main_view() else {
        panic!(
            "{at}: the page at {path} shows no live view{}",
            excerpt(&html)
        );
    };
    let view = View::new(client, main);
    let html = view.mounted(at, &path)?;
    Ok((view, html))
}

/// A visitor's browser on an endpoint that shows only this view, at `/`, without a route of the application: with
/// [`live`] it is `live_isolated/3`.
///
/// `build` gives the endpoint what the view needs of it, its assigns above all.
///
/// # Panics
/// When the parts of the endpoint contradict each other.
#[track_caller]
pub fn isolated<V: LiveView>(build: impl FnOnce(Builder) -> Builder) -> Conn {
    let views = LiveViews::new("isolated", Isolated).view::<V>("/");
    let mount = Mount::new(Anyone, Routes::new().live(&views));
    let builder = Endpoint::builder(secret_key_base())
        .session(SessionOptions::new("_isolated_key", "isolated"))
        .socket("/live", mount)
        .router(Router::new().live(&views));
    let built = build(builder).build();
    build_conn(&built.unwrap_or_else(|cause| panic!("{cause}")))
}

/// The HTML of a template, as a page has it: `rendered_to_string/1`. So function components are tested: as `heex!` calls
/// them.
///
/// ```
/// use bennu::live::rendered::Render;
/// use bennu::testing::rendered_to_string;
/// use bennu::{component, heex};
///
/// #[component]
/// fn badge(text: &str) -> impl Render {
///     heex! { <b class="badge">{text}</b> }
/// }
///
/// let html = rendered_to_string(heex! { <.badge text="new"/> });
/// assert_eq!(html, r#"<b class="badge">new</b>"#);
/// ```
///
/// # Panics
/// When the template cannot be rendered.
#[must_use]
#[track_caller]
pub fn rendered_to_string(rendered: impl Render) -> String {
    let mut html = Vec::new();
    match html::write(rendered, &mut html) {
        Ok(()) => String::from_utf8(html).expect("templates write nothing but text"),
        Err(cause) => panic!("{cause}"),
    }
}

/// The HTML of a live component that is mounted with these props and that nobody clicks: `render_component/2`. Its socket is
/// not connected and has nothing assigned; a component that needs more is tested in a view.
///
/// # Panics
/// When the component cannot be rendered.
#[must_use]
#[track_caller]
pub fn render_component<C: LiveComponent>(props: C::Props) -> String {
    rendered_to_string(live_component::<C>("component", props))
}

/// The document of a view that stands alone.
struct Isolated;

impl RootLayout for Isolated {
    fn render(&self, page: &Page<'_>) -> impl Render {
        let title = page.title().unwrap_or_default().to_owned();
        heex! {
            <!DOCTYPE html>
            <html lang="en">
                <head><title>{title}</title><meta name="csrf-token" content={page.csrf_token()}/></head>
                <body>{page.content()}</body>
            </html>
        }
    }
}
