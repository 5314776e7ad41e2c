//! The fields of a form, and what they send (HTML, section 4.10.22.4).

use scraper::ElementRef;
use serde_json::{Value, json};

use super::form_owner;
use crate::testing::live::dom;

/// What a form, or a field alone, would send.
#[derive(Clone, Debug)]
pub(in crate::testing::live) struct Fields {
    pub(super) all: Vec<Field>,
    /// The names of the fields that were filled in, in order.
    pub(super) filled: Vec<String>,
    /// The name of the field that changed.
    pub(in crate::testing::live) target: Option<String>,
    /// The files chosen, by upload reference (10.2).
    pub(in crate::testing::live) uploads: Value,
}

#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) control: Control,
    pub(super) is_disabled: bool,
    pub(super) is_read_only: bool,
    /// The application does not want to know whether it was used.
    is_untracked: bool,
    /// The element, to know a submitter by.
    html: String,
}

#[derive(Clone, Debug)]
pub(super) enum Control {
    Text(String),
    Hidden(String),
    Checkbox {
        value: String,
        is_checked: bool,
    },
    Radio {
        value: String,
        is_checked: bool,
    },
    Select {
        choices: Vec<Choice>,
        is_multiple: bool,
    },
    File,
    Submit {
        value: String,
        is_submitter: bool,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) is_chosen: bool,
}

impl Fields {
    /// Those of a form; those of the same name for a field that stands alone (7.3).
    pub(in crate::testing::live) fn of(element: ElementRef<'_>) -> Self {
        let root = element
            .ancestors()
            .filter_map(ElementRef::wrap)
            .last()
            .unwrap_or(element);
        let is_form = element.value().name() == "form";
        let form = if is_form {
            Some(element)
        } else {
            form_owner(element, root)
        };
        let controls = root.descendent_elements().filter(|control| match form {
            Some(form) => form_owner(*control, root) == Some(form),
            None => *control == element,
        });
        let mut all: Vec<_> = controls.filter_map(Field::of).collect();
        let own = element.attr("name").filter(|_| !is_form);
        all.retain(|field| own.is_none_or(|own| field.name == own));
        Self {
            all,
            filled: Vec::new(),
            target: own.map(str::to_owned),
            uploads: json!({}),
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|field| &*field.name)
    }

    /// What changed: the field filled in last, else the first that a visitor sees.
    pub(super) fn target(&self) -> Option<&str> {
        let visible = || {
            self.all
                .iter()
                .find(|field| !field.is_hidden())
                .map(|field| &*field.name)
        };
        let target = self
            .target
            .as_deref()
            .or(self.filled.last().map(String::as_str));
        target.or_else(visible)
    }

    /// Names and values in the order of the page, each unused one behind its mark (12.3).
    pub(super) fn pairs(&self, is_unused: &dyn Fn(&str) -> bool) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for field in self.all.iter().filter(|field| !field.is_disabled) {
            for value in field.control.values() {
                if field.is_tracked(&self.all) && is_unused(&field.name) {
                    pairs.push((unused_name(&field.name), String::new()));
                }
                pairs.push((field.name.clone(), value.to_owned()));
            }
        }
        pairs
    }

    /// Makes a button the submitter.
    pub(super) fn submit_by(&mut self, button: ElementRef<'_>) -> Result<(), String> {
        let html = button.html();
        let submitter = self
            .all
            .iter_mut()
            .find(|field| field.html == html && !field.is_disabled);
        match submitter.map(|field| &mut field.control) {
            Some(Control::Submit { is_submitter, .. }) => {
                *is_submitter = true;
                Ok(())
            }
            _ => Err(format!(
                "this is no submit button with a name in the form: {html}"
            )),
        }
    }
}

/// `user[email]` is `user[_unused_email]`, `tags[]` is `_unused_tags[]`.
fn unused_name(name: &str) -> String {
    let (name, list) = match name.strip_suffix("[]") {
        Some(name) => (name, "[]"),
        None => (name, ""),
    };
    match name.rsplit_once('[') {
        Some((before, last)) => format!("{before}[_unused_{last}{list}"),
        None => format!("_unused_{name}{list}"),
    }
}

impl Field {
    fn of(element: ElementRef<'_>) -> Option<Self> {
        let control = Control::of(element)?;
        let name = element.attr("name").filter(|name| !name.is_empty())?;
        let around = || dom::with_ancestors(element);
        let is_disabled = element.attr("disabled").is_some()
            || around().any(|around| {
                around.value().name() == "fieldset" && around.attr("disabled").is_some()
            });
        Some(Self {
            name: name.to_owned(),
            control,
            is_disabled,
            is_read_only: element.attr("readonly").is_some(),
            is_untracked: around().any(|around| around.attr("phx-no-unused-field").is_some()),
            html: element.html(),
        })
    }

    pub(super) const fn is_hidden(&self) -> bool {
        matches!(self.control, Control::Hidden(_) | Control::Submit { .. })
    }

    /// Hidden fields are tracked along with a visible one of the same name.
    fn is_tracked(&self, all: &[Self]) -> bool {
        let visible = |field: &Self| field.name == self.name && !field.is_hidden();
        !self.is_untracked
            && !matches!(self.control, Control::Submit { .. })
            && all.iter().any(visible)
    }
}

impl Control {
    fn of(element: ElementRef<'_>) -> Option<Self> {
        let value = element.attr("value");
        let text = || value.unwrap_or_default().to_owned();
        let checked = || {
            (
                value.unwrap_or("on").to_owned(),
                element.attr("checked").is_some(),
            )
        };
        let kind = element
            .attr("type")
            .unwrap_or_default()
            .to_ascii_lowercase();
        let is_submitter = false;
        match (element.value().name(), &*kind) {
            ("textarea", _) => Some(Self::Text(textarea(element))),
            ("select", _) => Some(select(element)),
            ("button" | "input", "button" | "reset") => None,
            ("button", _) | ("input", "submit" | "image") => Some(Self::Submit {
                value: text(),
                is_submitter,
            }),
            ("input", "hidden") => Some(Self::Hidden(text())),
            ("input", "file") => Some(Self::File),
            ("input", "checkbox") => {
                let (value, is_checked) = checked();
                Some(Self::Checkbox { value, is_checked })
            }
            ("input", "radio") => {
                let (value, is_checked) = checked();
                Some(Self::Radio { value, is_checked })
            }
            ("input", _) => Some(Self::Text(text())),
            _ => None,
        }
    }

    /// What the field sends, which may be nothing.
    fn values(&self) -> Vec<&str> {
        match self {
            Self::Text(value) | Self::Hidden(value) => vec![value],
            Self::Checkbox { value, is_checked } | Self::Radio { value, is_checked }
                if *is_checked =>
            {
                vec![value]
            }
            Self::Submit {
                value,
                is_submitter: true,
            } => vec![value],
            Self::Select { choices, .. } => {
                let chosen = choices.iter().filter(|choice| choice.is_chosen);
                chosen.map(|choice| &*choice.value).collect()
            }
            Self::Checkbox { .. } | Self::Radio { .. } | Self::Submit { .. } | Self::File => {
                Vec::new()
            }
        }
    }
}

/// The parser has taken the first line break away, as the standard says.
fn textarea(element: ElementRef<'_>) -> String {
    element.text().collect()
}

fn select(element: ElementRef<'_>) -> Control {
    let is_multiple = element.attr("multiple").is_some();
    let options = element
        .descendent_elements()
        .filter(|option| option.value().name() == "option");
    let enabled = options.filter(|option| {
        let mut around = dom::with_ancestors(*option).take_while(|around| *around != element);
        around.all(|around| around.attr("disabled").is_none())
    });
    let mut choices: Vec<_> = enabled.map(choice).collect();
    if !is_multiple {
        let chosen = choices
            .iter()
            .rposition(|choice| choice.is_chosen)
            .unwrap_or(0);
        for (place, choice) in choices.iter_mut().enumerate() {
            choice.is_chosen = place == chosen;
        }
    }
    Control::Select {
        choices,
        is_multiple,
    }
}

fn choice(option: ElementRef<'_>) -> Choice {
    let text = || dom::text(option);
    Choice {
        value: option.attr("value").map_or_else(text, str::to_owned),
        is_chosen: option.attr("selected").is_some(),
    }
}
