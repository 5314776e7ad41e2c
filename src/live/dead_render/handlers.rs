//! The pages of plain handlers.

use std::future::Future;

use http::StatusCode;

use super::{Placed, answer, crashed, no_page};
use crate::endpoint::{Conn, Response};
use crate::live::nested::{Around, Loading};
use crate::live::rendered::Render;
use crate::live::views::{self, LiveViews};
use crate::live::{LiveView, html};
use crate::session::Session;
use crate::telemetry;

impl Conn {
    /// Answers with a page rendered from a template, `render/3` in Phoenix.
    #[must_use]
    pub fn render(self, status: StatusCode, page: impl Render) -> Response {
        let mut document = Vec::with_capacity(4096);
        match html::write(page, &mut document) {
            Ok(()) => self.html(status, document),
            Err(cause) => {
                telemetry::request_crashed(self.uri().path(), &cause);
                self.text(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }
        }
    }

    /// As [`render`](Self::render), for a template that shows live views with
    /// [`live_render`](crate::live::nested::live_render), as `<%= live_render(@conn, ..) %>` in a Phoenix template. They
    /// connect by themselves, if the page has the CSRF token that the page's script sends.
    ///
    /// ```
    /// # use bennu::heex;
    /// # use bennu::live::rendered::Render;
    /// # use bennu::live::{LiveView, LiveViews, MountError, Page, RootLayout, Socket};
    /// # use bennu::protocol::form::Params;
    /// # use bennu::session::Session;
    /// # struct Layout;
    /// # impl RootLayout for Layout {
    /// #     fn render(&self, page: &Page<'_>) -> impl Render { heex! { <html>{page.content()}</html> } }
    /// # }
    /// # struct CartLive;
    /// # impl LiveView for CartLive {
    /// #     type Info = ();
    /// #     async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> { Ok(Self) }
    /// #     fn render(&self, _: &Socket<Self>) -> impl Render { heex! { <p>cart</p> } }
    /// # }
    /// use bennu::endpoint::{Conn, Router};
    /// use bennu::live::nested::live_render;
    /// use http::StatusCode;
    ///
    /// let views = LiveViews::new("signing salt", Layout).unrouted::<CartLive>();
    /// let shown = views.clone();
    /// let router = Router::new().live(&views).get("/about", move |mut conn: Conn| {
    ///     let shown = shown.clone();
    ///     async move {
    ///         let csrf_token = conn.csrf_token();
    ///         let page = heex! {
    ///             <head><meta name="csrf-token" content={csrf_token}/></head>
    ///             <body><h1>About us</h1>{live_render::<CartLive>("cart")}</body>
    ///         };
    ///         conn.render_with_views(&shown, StatusCode::OK, page).await
    ///     }
    /// });
    /// # let _ = router;
    /// ```
    pub fn render_with_views(
        self,
        views: &LiveViews,
        status: StatusCode,
        page: impl Render,
    ) -> impl Future<Output = Response> + Send {
        let mut document = Vec::with_capacity(4096);
        let gaps = html::write_document(page, &mut document);
        let table = views.table().clone();
        async move {
            let gaps = match gaps {
                Ok(gaps) => gaps,
                Err(cause) => return crashed(self, &cause.into()).await,
            };
            let mut loading = Loading::new(&table, &self);
            let around = Around::document(&self);
            let loaded = loading.fill(document, gaps, &around).await;
            let flash = loading.into_flash().unwrap_or_default();
            match loaded {
                Ok(document) => self.html(status, document),
                Err(error) => no_page(self, flash, error).await,
            }
        }
    }

    /// Answers with the page of a live view in its root layout, `live_render/3` in a Phoenix controller. The view is
    /// mounted with `session` in front of the visitor's own; no URL belongs to it, so it has neither parameters nor
    /// patches.
    ///
    /// ```
    /// # use bennu::heex;
    /// # use bennu::live::rendered::Render;
    /// # use bennu::live::{LiveView, LiveViews, MountError, Page, RootLayout, Socket};
    /// # use bennu::protocol::form::Params;
    /// # struct Layout;
    /// # impl RootLayout for Layout {
    /// #     fn render(&self, page: &Page<'_>) -> impl Render { heex! { <html>{page.content()}</html> } }
    /// # }
    /// # struct ReceiptLive;
    /// # impl LiveView for ReceiptLive {
    /// #     type Info = ();
    /// #     async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> { Ok(Self) }
    /// #     fn render(&self, _: &Socket<Self>) -> impl Render { heex! { <p>receipt</p> } }
    /// # }
    /// use bennu::endpoint::Router;
    /// use bennu::session::Session;
    ///
    /// let views = LiveViews::new("signing salt", Layout).unrouted::<ReceiptLive>();
    /// let shown = views.clone();
    /// let router = Router::new().get("/receipts/:id", move |conn| {
    ///     let mut session = Session::default();
    ///     session.put("receipt", conn.params().text("id").unwrap_or_default());
    ///     let shown = shown.clone();
    ///     async move { conn.live_render::<ReceiptLive>(&shown, session).await }
    /// });
    /// # let _ = router;
    /// ```
    ///
    /// # Panics
    /// When the view is not among `views`: its page could not connect. The request is then answered with 500.
    pub async fn live_render<V: LiveView>(self, views: &LiveViews, session: Session) -> Response {
        let table = views.table();
        assert!(
            table.has_view(&views::name::<V>()),
            "{} is shown without `LiveViews::unrouted`",
            std::any::type_name::<V>()
        );
        answer::<V>(Placed::unrouted::<V>(table.clone(), session), self).await
    }
}
