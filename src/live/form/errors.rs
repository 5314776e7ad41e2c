use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// What is wrong with a form, field by field; forms inside the form have errors of their own.
///
/// ```
/// use bennu::live::form::FieldErrors;
///
/// let mut errors = FieldErrors::new();
/// errors.add("name", "can't be blank");
/// errors.entry_mut("addresses", 0).add("city", "is unknown");
/// assert_eq!(errors.of("name"), ["can't be blank"]);
/// assert!(errors.entry("addresses", 0).is_some_and(|address| !address.is_empty()));
/// assert_eq!(errors.to_string(), "addresses.0.city is unknown, name can't be blank");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors {
    own: Vec<Cow<'static, str>>,
    fields: BTreeMap<String, Self>,
}

impl FieldErrors {
    /// Nothing is wrong.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            own: Vec::new(),
            fields: BTreeMap::new(),
        }
    }

    /// Says what is wrong with a field, as it is shown behind the field's label.
    pub fn add(&mut self, field: impl Into<String>, error: impl Into<Cow<'static, str>>) {
        self.nested_mut(field).add_own(error);
    }

    /// Says what is wrong with the form as a whole.
    pub fn add_own(&mut self, error: impl Into<Cow<'static, str>>) {
        self.own.push(error.into());
    }

    /// The errors of a form inside this one, or of the entry with this index in a list of forms.
    pub fn nested_mut(&mut self, field: impl Into<String>) -> &mut Self {
        self.fields.entry(field.into()).or_default()
    }

    /// The errors of the entry with this index in a list of forms.
    pub fn entry_mut(&mut self, field: impl Into<String>, index: usize) -> &mut Self {
        self.nested_mut(field).nested_mut(index.to_string())
    }

    /// The errors of the entry with this index in a list of forms, if it has any.
    #[must_use]
    pub fn entry(&self, field: &str, index: usize) -> Option<&Self> {
        self.nested(field)?.nested(&index.to_string())
    }

    /// The errors of a form inside this one, if it has any.
    #[must_use]
    pub fn nested(&self, field: &str) -> Option<&Self> {
        self.fields.get(field)
    }

    /// What is wrong with a field.
    #[must_use]
    pub fn of(&self, field: &str) -> &[Cow<'static, str>] {
        self.nested(field).map_or(&[], Self::own)
    }

    /// What is wrong with the form as a whole.
    #[must_use]
    pub fn own(&self) -> &[Cow<'static, str>] {
        &self.own
    }

    /// The fields with errors, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Self)> {
        self.fields
            .iter()
            .map(|(name, errors)| (name.as_str(), errors))
    }

    /// Whether nothing is wrong, here and in the forms inside.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.fields.values().all(Self::is_empty)
    }

    /// Takes over the errors of fields that have none yet.
    pub(super) fn fill(&mut self, other: Self) {
        if self.own.is_empty() {
            self.own = other.own;
        }
        for (field, errors) in other.fields {
            self.nested_mut(field).fill(errors);
        }
    }

    fn write(&self, path: &mut Vec<String>, lines: &mut Vec<String>) {
        let place = path.join(".");
        let space = if place.is_empty() { "" } else { " " };
        lines.extend(
            self.own
                .iter()
                .map(|error| format!("{place}{space}{error}")),
        );
        for (field, errors) in &self.fields {
            path.push(field.clone());
            errors.write(path, lines);
            path.pop();
        }
    }
}

impl Display for FieldErrors {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        self.write(&mut Vec::new(), &mut lines);
        f.write_str(&lines.join(", "))
    }
}

impl Error for FieldErrors {}
