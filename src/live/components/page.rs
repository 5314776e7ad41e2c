use bennu_macros::{component, heex};

use super::dynamic_tag;
use crate::live::attributes::Attributes;
use crate::live::html;
use crate::live::rendered::{Render, Slot, raw};

/// The title of a page, for the root layout: `Phoenix.Component.live_title/1`.
///
/// When a view sets another title, the browser puts `prefix` and `suffix` around it, and shows `default` when it is blank.
///
/// ```
/// use bennu::live::components::live_title;
/// use bennu::{heex, live::html};
///
/// let title = None::<&str>;
/// let mut page = Vec::new();
/// html::write(heex! { <.live_title default="Welcome" suffix=" · Chat">{title}</.live_title> }, &mut page)?;
/// assert_eq!(
///     String::from_utf8_lossy(&page),
///     r#"<title data-default="Welcome" data-suffix=" · Chat">Welcome · Chat</title>"#
/// );
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
#[component]
pub fn live_title(
    prefix: Option<&str>,
    default: Option<&str>,
    suffix: Option<&str>,
    inner_block: Slot<'_>,
) -> impl Render {
    let mut title = Vec::new();
    // A render that is given up leaves nothing behind, and then there is no title either.
    let _ = html::write(inner_block, &mut title);
    let title = String::from_utf8(title).expect("the renderer writes text");
    let title = Some(title).filter(|title| !title.trim().is_empty());
    heex! {
        <title data-prefix={prefix} data-default={default} data-suffix={suffix}>{prefix}{match title {
            Some(title) => {raw(title)},
            None => {default},
        }}{suffix}</title>
    }
}

/// Keeps the focus inside its content, for dialogs and menus: `Phoenix.Component.focus_wrap/1`.
#[component]
pub fn focus_wrap(
    id: &str,
    #[prop(rest)] rest: Attributes<'_>,
    inner_block: Slot<'_>,
) -> impl Render {
    heex! {
        <div id={id} phx-hook="Phoenix.FocusWrap" {..rest}>
            <div id={format_args!("{id}-start")} tabindex="0" aria-hidden="true"></div>
            {inner_block}
            <div id={format_args!("{id}-end")} tabindex="0" aria-hidden="true"></div>
        </div>
    }
}

/// Shows its content in another place of the page, the element with the selector `target`: `Phoenix.Component.portal/1`.
///
/// Events inside it still belong to the view around it.
///
/// # Panics
///
/// If `container` is not the name of an element.
#[component]
pub fn portal(
    id: &str,
    target: &str,
    class: Option<&str>,
    #[prop(default = "div")] container: &str,
    inner_block: Slot<'_>,
) -> impl Render {
    heex! {
        <template id={id} data-phx-portal={target}>
            <.dynamic_tag tag_name={container} id={format!("_lv_portal_wrap_{id}")} class={class}>
                {inner_block}
            </.dynamic_tag>
        </template>
    }
}

/// Shows items with the slot `separator` between them: `Phoenix.Component.intersperse/1`.
///
/// ```
/// use bennu::live::components::intersperse;
/// use bennu::{heex, live::html};
///
/// let path = ["home", "profile"];
/// let mut page = Vec::new();
/// html::write(
///     heex! { <.intersperse :let={step} enum={path}><:separator><i>"/"</i></:separator><b>{step}</b></.intersperse> },
///     &mut page,
/// )?;
/// assert_eq!(page, b"<b>home</b><i>/</i><b>profile</b>");
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
#[component]
pub fn intersperse<T: Clone>(
    r#enum: impl IntoIterator<Item = T>,
    separator: Slot<'_>,
    inner_block: Slot<'_, T>,
) -> impl Render {
    heex! {
        {for (index, item) in r#enum.into_iter().enumerate() {
            <>{if index > 0 { separator }}{inner_block.render(item)}</>
        }}
    }
}
