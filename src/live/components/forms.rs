use std::sync::LazyLock;

use bennu_macros::{component, heex};

use crate::live::attributes::Attributes;
use crate::live::form::{Field, Form, InputsFor};
use crate::live::rendered::{Render, Slot};
use crate::protocol::form::Params;

static EMPTY: LazyLock<Form> = LazyLock::new(Form::default);

/// A form: `Phoenix.Component.form/1`. Without `for` it is the form of no data, `for={%{}}` in Phoenix.
///
/// A form of a live view has `phx-change` and `phx-submit`. One with an `action` can be sent to a URL without a live view:
/// its `method` is `post` unless given, a method that browsers cannot send goes into the hidden input `_method`, and
/// the `csrf_token` that the template gives into another. The form is given to the content with `:let`.
///
/// ```
/// use bennu::live::components::form;
/// use bennu::live::form::Form;
/// use bennu::{heex, live::html};
///
/// let room = Form::default().with_name("room");
/// let mut page = Vec::new();
/// html::write(
///     heex! {
///         <.form for={&room} :let={room} action="/rooms" csrf_token="t" phx-submit="save">
///             <input name={room.field("title").name}>
///         </.form>
///     },
///     &mut page,
/// )?;
/// let page = String::from_utf8_lossy(&page);
/// assert!(page.starts_with(r#"<form action="/rooms" method="post" phx-submit="save">"#));
/// assert!(page.contains(r#"<input name="_csrf_token" type="hidden" hidden value="t">"#));
/// assert!(page.contains(r#"<input name="room[title]">"#));
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
///
/// A view has the token from [`AnySocket::csrf_token`](crate::live::AnySocket::csrf_token), a layout from
/// [`Page::csrf_token`](crate::live::Page::csrf_token).
#[component]
pub fn form(
    r#for: Option<&Form>,
    action: Option<&str>,
    method: Option<&str>,
    csrf_token: Option<&str>,
    #[prop(default)] multipart: bool,
    #[prop(rest, include(autocomplete, name, rel, enctype, novalidate, target))]
    mut rest: Attributes<'_>,
    inner_block: Slot<'_, &Form>,
) -> impl Render {
    let form = r#for.unwrap_or_else(|| &*EMPTY);
    if let (Some(id), None) = (form.id(), rest.get("id")) {
        rest.set("id", id);
    }
    if multipart {
        rest.set("enctype", "multipart/form-data");
    }
    let method = action.map(|_| method.unwrap_or("post").to_ascii_lowercase());
    let sent = method
        .as_deref()
        .map(|method| if method == "get" { "get" } else { "post" });
    let hidden_method = method.filter(|method| !["get", "post"].contains(&method.as_str()));
    let csrf_token = csrf_token.filter(|_| sent == Some("post"));
    heex! {
        <form action={action} method={sent} {..rest}>
            <input :if={let Some(method) = &hidden_method} name="_method" type="hidden" hidden value={method}>
            <input :if={let Some(token) = csrf_token} name="_csrf_token" type="hidden" hidden value={token}>
            {inner_block.render(form)}
        </form>
    }
}

/// The forms inside a field: `Phoenix.Component.inputs_for/1`.
///
/// The content is shown for each of them, which `:let` names; before it stand the hidden inputs that keep track of them.
/// [`Form::inputs_for`] says which forms there are.
///
/// ```
/// use bennu::live::components::inputs_for;
/// use bennu::live::form::Form;
/// use bennu::{heex, live::html};
///
/// let user = Form::default().with_name("user").with_data(&serde_json::json!({"emails": [{"at": "a@b.c"}]}));
/// let mut page = Vec::new();
/// html::write(
///     heex! {
///         <.inputs_for field={user.field("emails")} :let={email}>
///             {let at = email.field("at"); <input id={at.id} name={at.name} value={at.value}>}
///         </.inputs_for>
///     },
///     &mut page,
/// )?;
/// let page = String::from_utf8_lossy(&page);
/// assert!(page.contains(r#"<input type="hidden" name="user[emails][0][_persistent_id]" value="0">"#));
/// assert!(page.contains(r#"<input id="user_emails_0_at" name="user[emails][0][at]" value="a@b.c">"#));
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
#[component]
#[expect(
    clippy::too_many_arguments,
    reason = "the parameters are the attributes of a tag"
)]
pub fn inputs_for(
    field: Field<'_>,
    id: Option<&str>,
    r#as: Option<&str>,
    #[prop(default = &[])] default: &[Params],
    #[prop(default = &[])] prepend: &[Params],
    #[prop(default = &[])] append: &[Params],
    #[prop(default)] skip_hidden: bool,
    #[prop(default)] skip_persistent_id: bool,
    inner_block: Slot<'_, Form>,
) -> impl Render {
    let options = InputsFor {
        id,
        name: r#as,
        default,
        prepend,
        append,
        skip_persistent_id,
    };
    let forms = field.form.inputs_for(field.field, options);
    heex! {
        {for form in forms {
            <>
                {if !skip_hidden {
                    <input :for={(name, value) in form.hidden()} type="hidden" name={name} value={value}>
                }}
                {inner_block.render(form)}
            </>
        }}
    }
}
