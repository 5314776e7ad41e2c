use std::borrow::Cow;

use super::FieldValue;
use crate::live::attributes::AttributeValue as _;
use crate::live::rendered::{Dynamic, Render, TextWriter};

/// The options of a `<select>`: `Phoenix.HTML.Form.options_for_select/2`.
///
/// An option is its text, `(label, value)`, or made by the functions of [`SelectOption`]. What is selected is a field's
/// value, a text, or several.
///
/// ```
/// use bennu::live::form::{Form, SelectOption, options_for_select};
/// use bennu::{heex, live::html};
///
/// let form = Form::default().with_data(&serde_json::json!({"role": "user"}));
/// let roles = [
///     SelectOption::new("Admin", "admin").disabled(),
///     SelectOption::from(("User", "user")),
///     SelectOption::separator(),
///     SelectOption::group("Others", ["guest"]),
/// ];
/// let mut page = Vec::new();
/// html::write(heex! { <select>{options_for_select(roles, form.field("role").value)}</select> }, &mut page)?;
/// assert_eq!(
///     String::from_utf8_lossy(&page),
///     "<select><option disabled value=\"admin\">Admin</option><option selected value=\"user\">User</option><hr/>\
///      <optgroup label=\"Others\"><option value=\"guest\">guest</option></optgroup></select>"
/// );
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
pub fn options_for_select<'o, O: Into<SelectOption<'o>>>(
    options: impl IntoIterator<Item = O>,
    selected: impl Into<Selected<'o>>,
) -> SelectOptions<'o> {
    SelectOptions {
        options: options.into_iter().map(Into::into).collect(),
        selected: selected.into(),
    }
}

/// Options with what is selected of them; made by [`options_for_select`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "options do nothing until they are rendered"]
pub struct SelectOptions<'o> {
    options: Vec<SelectOption<'o>>,
    selected: Selected<'o>,
}

/// One option, a group of them, or a line between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectOption<'o>(Kind<'o>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind<'o> {
    Option {
        label: Cow<'o, str>,
        value: Cow<'o, str>,
        disabled: bool,
    },
    Group {
        label: Cow<'o, str>,
        options: Vec<SelectOption<'o>>,
    },
    Separator,
}

impl<'o> SelectOption<'o> {
    /// An option that shows `label` and sends `value`.
    pub fn new(label: impl Into<Cow<'o, str>>, value: impl Into<Cow<'o, str>>) -> Self {
        Self(Kind::Option {
            label: label.into(),
            value: value.into(),
            disabled: false,
        })
    }

    /// Options under a heading.
    pub fn group<O: Into<Self>>(
        label: impl Into<Cow<'o, str>>,
        options: impl IntoIterator<Item = O>,
    ) -> Self {
        Self(Kind::Group {
            label: label.into(),
            options: options.into_iter().map(Into::into).collect(),
        })
    }

    /// A line between options.
    #[must_use]
    pub const fn separator() -> Self {
        Self(Kind::Separator)
    }

    /// The option cannot be chosen. A group or a line is not changed.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        if let Kind::Option { disabled, .. } = &mut self.0 {
            *disabled = true;
        }
        self
    }

    fn write(&self, selected: &Selected<'_>, out: &mut TextWriter<'_>) {
        match &self.0 {
            Kind::Option {
                label,
                value,
                disabled,
            } => {
                out.raw("<option");
                disabled.write_attribute("disabled", out);
                selected.0.contains(value).write_attribute("selected", out);
                value.write_attribute("value", out);
                out.raw(">");
                out.text(label);
                out.raw("</option>");
            }
            Kind::Group { label, options } => {
                out.raw("<optgroup");
                label.write_attribute("label", out);
                out.raw(">");
                for option in options {
                    option.write(selected, out);
                }
                out.raw("</optgroup>");
            }
            Kind::Separator => out.raw("<hr/>"),
        }
    }
}

/// The control's options are sent again whenever the browser asks about the form: they hold its value.
impl Render for SelectOptions<'_> {
    fn render_at(self, dynamic: Dynamic<'_>) {
        dynamic.form_value().text(|out| {
            for option in &self.options {
                option.write(&self.selected, out);
            }
        });
    }
}

impl<'o> From<&'o str> for SelectOption<'o> {
    fn from(text: &'o str) -> Self {
        Self::new(text, text)
    }
}

impl<'o> From<&'o String> for SelectOption<'o> {
    fn from(text: &'o String) -> Self {
        Self::from(text.as_str())
    }
}

impl<'o, L: Into<Cow<'o, str>>, V: Into<Cow<'o, str>>> From<(L, V)> for SelectOption<'o> {
    fn from((label, value): (L, V)) -> Self {
        Self::new(label, value)
    }
}

/// The values that are selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selected<'o>(Vec<Cow<'o, str>>);

impl<'o> From<FieldValue<'o>> for Selected<'o> {
    fn from(value: FieldValue<'o>) -> Self {
        Self(value.texts())
    }
}

impl<'o> From<&'o str> for Selected<'o> {
    fn from(value: &'o str) -> Self {
        Self(vec![value.into()])
    }
}

impl<'o> From<Option<&'o str>> for Selected<'o> {
    fn from(value: Option<&'o str>) -> Self {
        Self(value.into_iter().map(Into::into).collect())
    }
}

impl<'o, T: AsRef<str>> From<&'o [T]> for Selected<'o> {
    fn from(values: &'o [T]) -> Self {
        Self(values.iter().map(|value| value.as_ref().into()).collect())
    }
}
