use std::borrow::Cow;

use crate::live::attributes::{Attribute, AttributeValue};
use crate::live::rendered::{Dynamic, Render, TextWriter};
use crate::protocol::form::Param;

/// What a field shows: text, a number or a truth value as it was sent or stands in the data, or several of them.
///
/// As an attribute it is the text, and nothing for a field without a value; in `{...}` it is the text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FieldValue<'f>(Option<&'f Param>);

impl<'f> FieldValue<'f> {
    pub(super) const fn new(param: Option<&'f Param>) -> Self {
        Self(param)
    }

    /// The value as it is.
    #[must_use]
    pub const fn param(&self) -> Option<&'f Param> {
        self.0
    }

    /// The value as text; nothing for a field without one, or with several.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'f, str>> {
        self.0.and_then(scalar)
    }

    /// The texts of all values of the field.
    #[must_use]
    pub fn texts(&self) -> Vec<Cow<'f, str>> {
        match self.0 {
            Some(Param::List(values)) => values.iter().filter_map(scalar).collect(),
            _ => self.text().into_iter().collect(),
        }
    }

    /// Whether this is the value or one of the values: the `checked` of a radio button or of one of several boxes.
    #[must_use]
    pub fn is(&self, value: &str) -> bool {
        self.texts().iter().any(|text| text == value)
    }
}

fn scalar(param: &Param) -> Option<Cow<'_, str>> {
    match param {
        Param::Text(text) => Some(Cow::Borrowed(text)),
        Param::Number(number) => Some(Cow::Owned(number.to_string())),
        Param::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
        Param::Null | Param::List(_) | Param::Map(_) => None,
    }
}

impl AttributeValue for FieldValue<'_> {
    fn write_attribute(&self, name: &'static str, out: &mut TextWriter<'_>) {
        self.text().write_attribute(name, out);
    }
}

impl AttributeValue for &FieldValue<'_> {
    fn write_attribute(&self, name: &'static str, out: &mut TextWriter<'_>) {
        (**self).write_attribute(name, out);
    }
}

impl Render for FieldValue<'_> {
    fn render_at(self, dynamic: Dynamic<'_>) {
        dynamic.text(|out| out.text(&self.text().unwrap_or_default()));
    }
}

impl Render for &FieldValue<'_> {
    fn render_at(self, dynamic: Dynamic<'_>) {
        (*self).render_at(dynamic);
    }
}

impl<'f> From<FieldValue<'f>> for Attribute<'f> {
    fn from(value: FieldValue<'f>) -> Self {
        value.text().into()
    }
}

/// A value as a control of a certain type needs it; made by [`normalize_value`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputValue<'f> {
    /// Whether a box is checked: the value of `checked`.
    Checked(bool),
    /// The value of `value`, or the content of a `<textarea>`.
    Text(Cow<'f, str>),
    /// The field has no value.
    Absent,
}

/// The value as a control of this type needs it: `Phoenix.HTML.Form.normalize_value/2`.
///
/// A `checkbox` is checked or not; a `textarea` begins with a line break, because browsers drop the first one; a
/// `datetime-local` has no seconds and no zone. Other types have the value itself.
///
/// ```
/// use bennu::live::form::{Form, normalize_value};
/// use bennu::{heex, live::html};
///
/// let form = Form::default().with_data(&serde_json::json!({"agree": true, "note": "a", "at": "2026-11-22 19:30:05Z"}));
/// let value = |r#type, field| normalize_value(r#type, form.field(field).value);
/// let mut page = Vec::new();
/// html::write(
///     heex! {
///         <input type="checkbox" checked={value("checkbox", "agree")}>
///         <input type="datetime-local" value={value("datetime-local", "at")}>
///         <textarea>{value("textarea", "note")}</textarea>
///     },
///     &mut page,
/// )?;
/// assert_eq!(
///     String::from_utf8_lossy(&page),
///     "<input type=\"checkbox\" checked>\n\
///      <input type=\"datetime-local\" value=\"2026-11-22T19:30\">\n\
///      <textarea>\na</textarea>"
/// );
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
#[must_use]
pub fn normalize_value<'f>(r#type: &str, value: FieldValue<'f>) -> InputValue<'f> {
    let text = value.text();
    match (r#type, text) {
        ("checkbox", text) => InputValue::Checked(text.as_deref() == Some("true")),
        ("textarea", text) => {
            InputValue::Text(Cow::Owned(format!("\n{}", text.unwrap_or_default())))
        }
        ("datetime-local", Some(text)) => InputValue::Text(minutes(text)),
        (_, Some(text)) => InputValue::Text(text),
        (_, None) => InputValue::Absent,
    }
}

/// `2026-11-22T19:30` of a date and time in ISO 8601; any other text as it is.
fn minutes(text: Cow<'_, str>) -> Cow<'_, str> {
    let date_time = text
        .get(..16)
        .filter(|_| matches!(text.as_bytes().get(10), Some(b' ' | b'T')));
    match date_time {
        Some(minutes) => Cow::Owned(minutes.replacen(' ', "T", 1)),
        None => text,
    }
}

impl AttributeValue for InputValue<'_> {
    fn write_attribute(&self, name: &'static str, out: &mut TextWriter<'_>) {
        match self {
            Self::Checked(checked) => checked.write_attribute(name, out),
            Self::Text(text) => text.write_attribute(name, out),
            Self::Absent => {}
        }
    }
}

impl AttributeValue for &InputValue<'_> {
    fn write_attribute(&self, name: &'static str, out: &mut TextWriter<'_>) {
        (**self).write_attribute(name, out);
    }
}

impl Render for InputValue<'_> {
    fn render_at(self, dynamic: Dynamic<'_>) {
        match self {
            Self::Checked(checked) => checked.render_at(dynamic),
            Self::Text(text) => dynamic.text(|out| out.text(&text)),
            Self::Absent => dynamic.empty(),
        }
    }
}
