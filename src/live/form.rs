//! Forms: what a page shows in its fields, what a visitor sent of them, and what is wrong with it.
//!
//! A [`Form`] is what `Phoenix.Component.to_form/2` makes: the parameters of the last event, in front of the data that is
//! edited, with errors by field. A template asks it for a [`Field`], which knows the `id`, the `name`, the value and the
//! errors of one control. [`cast`] turns parameters into a type of the application, and a [`Changeset`] says what else has
//! to hold.
//!
//! ```
//! use bennu::live::components::form;
//! use bennu::live::form::{Changeset, FieldErrors, Form};
//! use bennu::live::rendered::Render;
//! use bennu::protocol::form::Params;
//! use bennu::{component, heex};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! struct User {
//!     email: String,
//!     age: u8,
//! }
//!
//! impl Changeset for User {
//!     fn validate(&self, errors: &mut FieldErrors) {
//!         if !self.email.contains('@') {
//!             errors.add("email", "must have an @");
//!         }
//!     }
//! }
//!
//! fn page(user: &Form) -> impl Render {
//!     heex! {
//!         <.form for={user} id="user" phx-change="validate" phx-submit="save">
//!             {for name in ["email", "age"] {
//!                 let field = user.field(name);
//!                 <input id={field.id} name={field.name} value={field.value}>
//!                 <p :for={error in field.errors}>{error}</p>
//!             }}
//!         </.form>
//!     }
//! }
//!
//! // In `handle_event`, for the event "validate":
//! let params = Params::decode("email=ada&age=old")?;
//! let form = Form::new(params).with_name("user").with_action("validate").checked::<User>();
//! assert_eq!(form.field("email").name, "user[email]");
//! assert_eq!(form.field("email").errors, ["must have an @"]);
//! assert_eq!(form.field("age").errors, ["is invalid"]);
//!
//! // And for "save":
//! let user: User = Form::new(Params::decode("email=a@b.c&age=36")?).cast()?;
//! assert_eq!(user.age, 36);
//! # let mut html = Vec::new();
//! # bennu::live::html::write(page(&form), &mut html)?;
//! # assert!(String::from_utf8(html)?.contains(r#"<input id="user_age" name="user[age]" value="old">"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The browser says which fields nobody has touched yet; [`Field::is_used`] tells, so that a page does not complain about a
//! field before its turn.

mod cast;
mod errors;
#[cfg(feature = "garde")]
pub mod garde;
mod nested;
mod options;
mod value;

use std::borrow::Cow;

use serde::Serialize;

use crate::protocol::form::{Param, Params};

pub use cast::{Changeset, cast};
pub use errors::FieldErrors;
pub use nested::{InputsFor, sort_and_drop};
pub use options::{SelectOption, SelectOptions, Selected, options_for_select};
pub use value::{FieldValue, InputValue, normalize_value};

/// The parameters, the data and the errors of one form: `Phoenix.HTML.Form`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Form {
    name: Option<String>,
    id: Option<String>,
    /// What the browser sent; it hides the data.
    params: Params,
    data: Params,
    errors: FieldErrors,
    action: Option<Cow<'static, str>>,
    /// The fields that are lists of forms.
    many: Vec<String>,
    hidden: Vec<(&'static str, String)>,
    index: Option<usize>,
}

impl Form {
    /// A form with what the browser sent, `to_form(params)` in Phoenix. One that nobody has sent yet is
    /// [`Form::default`].
    #[must_use]
    pub fn new(params: Params) -> Self {
        Self {
            params,
            ..Self::default()
        }
    }

    /// The name under which the fields are sent, the option `:as` in Phoenix: `user` makes `user[email]`. It is also
    /// the prefix of ids, unless there is an [id](Self::with_id).
    #[must_use]
    pub fn with_name(self, name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            ..self
        }
    }

    /// The id of the form, and the prefix of its fields' ids.
    #[must_use]
    pub fn with_id(self, id: impl Into<String>) -> Self {
        Self {
            id: Some(id.into()),
            ..self
        }
    }

    /// The values of fields that were not sent: what is edited.
    ///
    /// # Panics
    ///
    /// If `data` does not serialize as an object with names.
    #[must_use]
    #[track_caller]
    pub fn with_data(self, data: &impl Serialize) -> Self {
        let data = serde_json::to_value(data).and_then(serde_json::from_value);
        Self {
            data: data.expect("the data of a form serializes as an object"),
            ..self
        }
    }

    /// What is wrong with the form. It is shown only when there is an [action](Self::with_action).
    #[must_use]
    pub fn with_errors(self, errors: FieldErrors) -> Self {
        Self { errors, ..self }
    }

    /// What was done with the form, `validate` or `insert` say: from then on fields have their errors. With `ignore`
    /// they have none, as without an action.
    #[must_use]
    pub fn with_action(self, action: impl Into<Cow<'static, str>>) -> Self {
        Self {
            action: Some(action.into()),
            ..self
        }
    }

    /// Declares a field to be a list of forms, and applies what was sent about its order (`emails_sort[]`) and about
    /// entries to leave out (`emails_drop[]`), as [`sort_and_drop`] does.
    #[must_use]
    pub fn with_many(mut self, field: impl Into<String>) -> Self {
        let field = field.into();
        sort_and_drop(&mut self.params, &field);
        self.many.push(field);
        self
    }

    /// Reads the parameters into a type and validates it.
    ///
    /// # Errors
    ///
    /// What is wrong, by field: give it back [`with_errors`](Self::with_errors).
    pub fn cast<T: Changeset>(&self) -> Result<T, FieldErrors> {
        T::cast(&self.params)
    }

    /// The form with the errors that [`cast`](Self::cast) finds, for the event of `phx-change`.
    #[must_use]
    pub fn checked<T: Changeset>(self) -> Self {
        let errors = self.cast::<T>().err().unwrap_or_default();
        self.with_errors(errors)
    }

    /// One field, `form[:email]` in Phoenix.
    #[must_use]
    pub fn field<'f>(&'f self, field: &'f str) -> Field<'f> {
        Field {
            id: self.input_id(field),
            name: self.input_name(field),
            value: FieldValue::new(self.value(field)),
            errors: self.shown_errors().of(field),
            field,
            form: self,
        }
    }

    /// The name, if there is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The id that was given, if any.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// What was done with the form.
    #[must_use]
    pub fn action(&self) -> Option<&str> {
        self.action.as_deref()
    }

    /// What the browser sent.
    #[must_use]
    pub const fn params(&self) -> &Params {
        &self.params
    }

    /// What is wrong, whether or not it is shown.
    #[must_use]
    pub const fn errors(&self) -> &FieldErrors {
        &self.errors
    }

    /// The position of a nested form among its siblings.
    #[must_use]
    pub const fn index(&self) -> Option<usize> {
        self.index
    }

    /// The names and values of the hidden inputs that a nested form needs.
    pub fn hidden(&self) -> impl ExactSizeIterator<Item = (String, &str)> {
        self.hidden
            .iter()
            .map(|(field, value)| (self.input_name(field), value.as_str()))
    }

    fn value(&self, field: &str) -> Option<&Param> {
        self.params.get(field).or_else(|| self.data.get(field))
    }

    fn shown_errors(&self) -> &FieldErrors {
        static NONE: FieldErrors = FieldErrors::new();
        match self.action() {
            None | Some("ignore") => &NONE,
            Some(_) => &self.errors,
        }
    }

    fn input_id(&self, field: &str) -> String {
        match self.id().or(self.name()) {
            Some(prefix) => format!("{prefix}_{field}"),
            None => field.to_owned(),
        }
    }

    fn input_name(&self, field: &str) -> String {
        match self.name() {
            Some(name) => format!("{name}[{field}]"),
            None => field.to_owned(),
        }
    }
}

/// One control of a form: `Phoenix.HTML.FormField`.
#[derive(Clone, Debug, PartialEq)]
pub struct Field<'f> {
    /// The id of the control: `user_email`.
    pub id: String,
    /// The name under which it is sent: `user[email]`.
    pub name: String,
    /// What it shows: what was sent, else the data.
    pub value: FieldValue<'f>,
    /// What is wrong with it; nothing until the form has an action.
    pub errors: &'f [Cow<'static, str>],
    /// The field's own name: `email`.
    pub field: &'f str,
    /// The form it belongs to.
    pub form: &'f Form,
}

impl Field<'_> {
    /// Whether the visitor has touched the field or sent the form: `used_input?/1`.
    ///
    /// The browser sends a sibling `_unused_email` for a control nobody has used. A field that holds others is used when
    /// one of them is.
    ///
    /// ```
    /// use bennu::live::form::Form;
    /// use bennu::protocol::form::Params;
    ///
    /// let form = Form::new(Params::decode("title=new&email=&_unused_email=")?);
    /// assert!(form.field("title").is_used());
    /// assert!(!form.field("email").is_used());
    /// assert!(!form.field("absent").is_used());
    /// # Ok::<(), bennu::protocol::form::FormError>(())
    /// ```
    #[must_use]
    pub fn is_used(&self) -> bool {
        is_used(&self.form.params, self.field)
    }

    /// The name of a control that sends several values: `user[tags][]`.
    #[must_use]
    pub fn list_name(&self) -> String {
        format!("{}[]", self.name)
    }

    /// The id of the control for one of several values, radio buttons for instance: `user_plan_free`. Characters that
    /// are no part of a word become `_`.
    #[must_use]
    pub fn id_for(&self, value: &str) -> String {
        let word = |c: char| {
            if c.is_alphanumeric() || c == '_' {
                c
            } else {
                '_'
            }
        };
        let value: String = value.chars().map(word).collect();
        format!("{}_{value}", self.id)
    }
}

/// What the browser puts before the name of a control nobody has used (12.3).
const UNUSED: &str = "_unused_";

fn is_used(params: &Params, field: &str) -> bool {
    let Some(value) = params.get(field).filter(|_| !field.starts_with(UNUSED)) else {
        return false;
    };
    if params.get(&format!("{UNUSED}{field}")).is_some() {
        return false;
    }
    match value {
        Param::Map(nested) => nested.iter().any(|(name, _)| is_used(nested, name)),
        _ => true,
    }
}
