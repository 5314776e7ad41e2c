//! Forms: filling them in as a visitor can, `form/3`.

mod fields;
mod fill;

use std::panic::Location;

use http::Method;
use parking_lot::MutexGuard;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use scraper::ElementRef;
use serde_json::{Map, Value, json};

use super::element::phx_values;
use super::find::Found;
use super::page::Page;
use super::trigger::{Event, Trigger};
use super::{Conn, Redirected, View};

pub(super) use fields::Fields;

/// A form of a live view with what a visitor fills in: `form/3`.
///
/// The fields that are not filled in keep the values that the page shows. What no visitor could do panics: a field that
/// is not there, is disabled, read-only or hidden, or an option that is not offered.
#[derive(Clone, Debug)]
#[must_use = "a form does nothing until a verb is called on it"]
pub struct Form {
    view: View,
    selector: String,
    values: Value,
    submitter: Option<String>,
    target: Option<String>,
}

impl Form {
    pub(super) const fn new(view: View, selector: String, values: Value) -> Self {
        Self {
            view,
            selector,
            values,
            submitter: None,
            target: None,
        }
    }

    /// Submits by this button, whose name and value go along: `put_submitter/2`.
    pub fn put_submitter(mut self, selector: impl Into<String>) -> Self {
        self.submitter = Some(selector.into());
        self
    }

    /// The field that changed, in place of the one filled in last: the `_target` of `render_change`.
    pub fn target(mut self, name: impl Into<String>) -> Self {
        self.target = Some(name.into());
        self
    }

    /// Changes the fields: `render_change/2`. Fields that were never filled in are marked as unused (12.3).
    ///
    /// # Errors
    /// When the page goes elsewhere.
    ///
    /// # Panics
    /// When not exactly one form matches, it cannot be filled in like this, has no `phx-change`, or the live view
    /// crashes.
    #[track_caller]
    pub fn render_change(&self) -> impl Future<Output = Result<String, Redirected>> {
        let at = Location::caller();
        async move {
            let (found, mut fields) = self.filled(at);
            if let Some(target) = &self.target {
                fields.target = Some(target.clone());
            }
            let event = fields.change(self.view.page(), &found, &Map::new());
            self.go_off(at, &found, "phx-change", event).await
        }
    }

    /// Submits the form: `render_submit/2`.
    ///
    /// # Errors
    /// When the page goes elsewhere.
    ///
    /// # Panics
    /// As [`render_change`](Self::render_change), and when the submitter is no submit button of the form.
    #[track_caller]
    pub fn render_submit(&self) -> impl Future<Output = Result<String, Redirected>> {
        self.render_submit_with(json!({}))
    }

    /// As [`render_submit`](Self::render_submit), with values that a script has set, in hidden fields for instance;
    /// they are not checked.
    ///
    /// # Errors
    /// As `render_submit`.
    ///
    /// # Panics
    /// As `render_submit`, and when the values are no object.
    #[track_caller]
    pub fn render_submit_with(
        &self,
        values: Value,
    ) -> impl Future<Output = Result<String, Redirected>> {
        let at = Location::caller();
        let Value::Object(values) = values else {
            panic!("the values of a form are an object: {values}");
        };
        async move {
            let (found, fields) = self.filled(at);
            let event = fields.submit(self.view.page(), &found, &values);
            self.go_off(at, &found, "phx-submit", event).await
        }
    }

    /// Submits the form to its `action` without the live view: `submit_form/2`.
    ///
    /// # Panics
    /// When the form cannot be filled in like this, or has no `action`.
    #[track_caller]
    pub fn submit_form(&self, conn: &Conn) -> impl Future<Output = http::Response<String>> {
        self.send_to_action(Location::caller(), conn.clone())
    }

    /// Submits the form to its `action`, as the page's script does once the live view has set `phx-trigger-action`:
    /// `follow_trigger_action/2`.
    ///
    /// # Panics
    /// As [`submit_form`](Self::submit_form), and when the form has no `phx-trigger-action`.
    #[track_caller]
    pub fn follow_trigger_action(
        &self,
        conn: &Conn,
    ) -> impl Future<Output = http::Response<String>> {
        let at = Location::caller();
        let conn = conn.clone();
        async move {
            self.view.settle(at).await;
            let (found, _) = self.filled(at);
            let is_triggered = found.attr("phx-trigger-action").is_some();
            assert!(
                is_triggered,
                "{at}: the form has no phx-trigger-action: {}",
                found.html
            );
            self.send_to_action(at, conn).await
        }
    }

    async fn send_to_action(
        &self,
        at: &'static Location<'static>,
        conn: Conn,
    ) -> http::Response<String> {
        let (found, fields) = self.filled(at);
        let Some(action) = found.attr("action") else {
            panic!("{at}: the form has no action: {}", found.html);
        };
        let fields = encode(&fields.pairs(&|_| false));
        let is_post = found
            .attr("method")
            .is_some_and(|method| method.eq_ignore_ascii_case("post"));
        if is_post {
            return conn.request(at, Method::POST, action, fields).await;
        }
        let path = action.split('?').next().unwrap_or_default();
        conn.request(at, Method::GET, &format!("{path}?{fields}"), String::new())
            .await
    }

    fn filled(&self, at: &Location<'_>) -> (Found, Fields) {
        let page = self.view.page();
        let filled = self.fill(&page);
        drop(page);
        filled.unwrap_or_else(|cause| panic!("{at}: {cause}"))
    }

    fn fill(&self, page: &Page) -> Result<(Found, Fields), String> {
        let found = page.find_data(self.view.id(), &self.selector, None)?;
        if found.name != "form" {
            return Err(format!("{:?} is no form: {}", self.selector, found.html));
        }
        let form = page.find(self.view.id(), &self.selector, None)?;
        let mut fields = Fields::of(form);
        fields
            .fill(&self.values)
            .map_err(|cause| format!("{cause}{}", super::excerpt::excerpt(&found.html)))?;
        if let Some(submitter) = &self.submitter {
            let button = page.find(self.view.id(), submitter, None)?;
            fields.submit_by(button)?;
        }
        Ok((found, fields))
    }

    async fn go_off(
        &self,
        at: &Location<'_>,
        found: &Found,
        binding: &str,
        event: Event,
    ) -> Result<String, Redirected> {
        let Some(bound) = found.attr(binding) else {
            panic!("{at}: the form has no {binding}: {}", found.html);
        };
        let trigger = Trigger {
            at,
            client: self.view.client(),
            found,
            selector: &self.selector,
            text: None,
            event,
        };
        trigger.go_off(bound).await?;
        self.view.rendered(at).await
    }
}

impl Fields {
    /// The event of a change: unused fields marked, `_target` beside (7.3).
    pub(super) fn change(
        &self,
        mut page: MutexGuard<'_, Page>,
        found: &Found,
        over: &Map<String, Value>,
    ) -> Event {
        let key = |name: &str| used_key(found, name);
        page.used.extend(self.filled.iter().map(|name| key(name)));
        page.used.extend(over.keys().map(|name| key(name)));
        let pairs = self.pairs(&|name| !page.used.contains(&key(name)));
        let mut over = over.clone();
        let mut meta = phx_values(found);
        let target = over
            .remove("_target")
            .or_else(|| self.target().map(Value::from));
        meta.insert(
            "_target".to_owned(),
            target.unwrap_or_else(|| "undefined".into()),
        );
        Event::Form {
            fields: encode(&overlaid(pairs, over)),
            meta,
            uploads: Some(self.uploads.clone()),
        }
    }

    /// The event of a submission, after which every field counts as used.
    pub(super) fn submit(
        &self,
        mut page: MutexGuard<'_, Page>,
        found: &Found,
        over: &Map<String, Value>,
    ) -> Event {
        page.used
            .extend(self.names().map(|name| used_key(found, name)));
        Event::Form {
            fields: encode(&overlaid(self.pairs(&|_| false), over.clone())),
            meta: phx_values(found),
            uploads: None,
        }
    }
}

fn used_key(form: &Found, name: &str) -> (String, String, String) {
    let id = form.attr("id").unwrap_or_default();
    (form.view.clone(), id.to_owned(), name.to_owned())
}

/// The pairs with others in place of those of the same name.
fn overlaid(mut pairs: Vec<(String, String)>, over: Map<String, Value>) -> Vec<(String, String)> {
    let mut more = Vec::new();
    flatten("", &Value::Object(over), &mut more);
    pairs.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    pairs.append(&mut more);
    pairs
}

/// Nested values as a form names them: `{"user": {"tags": ["a"]}}` is `user[tags][]=a`.
pub(super) fn flatten(name: &str, value: &Value, pairs: &mut Vec<(String, String)>) {
    let text = match value {
        Value::Object(members) => {
            for (key, value) in members {
                let inner = if name.is_empty() {
                    key.clone()
                } else {
                    format!("{name}[{key}]")
                };
                flatten(&inner, value, pairs);
            }
            return;
        }
        Value::Array(values) => {
            let inner = format!("{name}[]");
            return values
                .iter()
                .for_each(|value| flatten(&inner, value, pairs));
        }
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    pairs.push((name.to_owned(), text));
}

/// What stands for something else in a form's encoding.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'*')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_');

/// `application/x-www-form-urlencoded`.
pub(super) fn encode(pairs: &[(String, String)]) -> String {
    let escape = |text| utf8_percent_encode(text, ESCAPED);
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// The form that a control belongs to (HTML, section 4.10.18.3).
fn form_owner<'p>(control: ElementRef<'p>, root: ElementRef<'p>) -> Option<ElementRef<'p>> {
    let Some(id) = control.attr("form") else {
        return super::dom::with_ancestors(control)
            .find(|element| element.value().name() == "form");
    };
    let mut elements = root.descendent_elements();
    elements.find(|element| element.value().id() == Some(id) && element.value().name() == "form")
}
