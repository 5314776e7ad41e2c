use bennu_macros::{component, heex};

use crate::live::attributes::Attributes;
use crate::live::rendered::{Render, Slot};

/// A link: `Phoenix.Component.link/1`.
///
/// With `navigate` it leads to another live view over the same connection, with `patch` to another URL of this one, and
/// `replace` puts it in the place of the current entry of the browser's history. With `href` it is a plain link; a
/// `method` other than `get` is sent by the npm package `phoenix_html`, with the `csrf_token` that the template gives
/// ([`CsrfState`](crate::session::csrf::CsrfState) makes one).
///
/// ```
/// use bennu::live::components::link;
/// use bennu::{heex, live::html};
///
/// let mut page = Vec::new();
/// html::write(
///     heex! {
///         <.link patch={&format!("/rooms?page={}", 2)} replace>Next</.link>
///         <.link href="/session" method="delete" csrf_token="t">Sign out</.link>
///     },
///     &mut page,
/// )?;
/// assert_eq!(
///     String::from_utf8_lossy(&page),
///     "<a href=\"/rooms?page=2\" data-phx-link=\"patch\" data-phx-link-state=\"replace\">Next</a>\n\
///      <a href=\"/session\" data-method=\"delete\" data-csrf=\"t\" data-to=\"/session\">Sign out</a>"
/// );
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
///
/// A destination with a scheme that runs code, such as `javascript:`, or one that a live link cannot go to, is written
/// as `#` and logged.
#[component]
#[expect(
    clippy::too_many_arguments,
    reason = "the parameters are the attributes of a tag"
)]
pub fn link(
    navigate: Option<&str>,
    patch: Option<&str>,
    href: Option<&str>,
    #[prop(default)] replace: bool,
    #[prop(default = "get")] method: &str,
    csrf_token: Option<&str>,
    #[prop(rest, include(download, hreflang, referrerpolicy, rel, target, r#type))]
    rest: Attributes<'_>,
    inner_block: Slot<'_>,
) -> impl Render {
    let live = navigate.map(|to| (to, "redirect"));
    let live = live.or_else(|| patch.map(|to| (to, "patch")));
    let href = match live {
        Some((to, _)) => allowed(to, &["http", "https"]),
        None => href.map_or("#", |to| allowed(to, &SCHEMES)),
    };
    let state = live.map(|_| if replace { "replace" } else { "push" });
    let live = live.map(|(_, kind)| kind);
    let method = Some(method).filter(|method| live.is_none() && href != "#" && *method != "get");
    let csrf_token = csrf_token.filter(|_| method.is_some());
    let to = method.map(|_| href);
    heex! {
        <a href={href} data-phx-link={live} data-phx-link-state={state} data-method={method} data-csrf={csrf_token}
            data-to={to} {..rest}>{inner_block}</a>
    }
}

/// The schemes a plain link may have.
const SCHEMES: [&str; 17] = [
    "http", "https", "ftp", "ftps", "mailto", "news", "irc", "gopher", "nntp", "feed", "telnet",
    "mms", "rtsp", "svn", "tel", "fax", "xmpp",
];

/// The destination if it is a path or has one of the schemes.
fn allowed<'t>(to: &'t str, schemes: &[&str]) -> &'t str {
    match scheme(to) {
        Some(scheme)
            if !schemes
                .iter()
                .any(|known| known.eq_ignore_ascii_case(&scheme)) =>
        {
            tracing::warn!(%scheme, "a link leads to a scheme that is not allowed there");
            "#"
        }
        _ => to,
    }
}

/// What stands before the first colon, if that is not in a path, a query or a fragment. Browsers skip white space and
/// control characters in it, and so does this.
fn scheme(to: &str) -> Option<String> {
    let (scheme, _) = to.split_once(':')?;
    let scheme: String = scheme
        .chars()
        .filter(|c| !c.is_control() && !c.is_whitespace())
        .collect();
    (!scheme.contains(['/', '?', '#'])).then_some(scheme)
}
