//! Finding elements of a live view.

use scraper::ElementRef;

use super::dom;
use super::excerpt::excerpt;
use super::page::Page;

/// What a verb has to know of the element it is about.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) html: String,
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    /// The live view that it belongs to.
    pub(super) view: String,
    /// The component that it belongs to.
    pub(super) component: Option<u64>,
}

impl Found {
    fn of(element: ElementRef<'_>) -> Self {
        let attributes = element.value().attrs();
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            html: element.html(),
            name: element.value().name().to_owned(),
            attributes: attributes.collect(),
            view: dom::owner(element).unwrap_or_default().to_owned(),
            component: dom::component(element),
        }
    }

    pub(super) fn attr(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        let (_, value) = attributes.find(|(key, _)| key == name)?;
        Some(value)
    }
}

impl Page {
    /// The elements of one view, without those of the views in it.
    pub(super) fn select<'p>(
        &'p self,
        view: &str,
        selector: &str,
        text: Option<&str>,
    ) -> Vec<ElementRef<'p>> {
        let selector = dom::parse_selector(selector);
        let found = self.document.root().select(&selector);
        let own = found.filter(|element| dom::owner(*element) == Some(view));
        own.filter(|element| text.is_none_or(|text| dom::text(*element).contains(text)))
            .collect()
    }

    /// The one element of a view that there has to be.
    pub(super) fn find<'p>(
        &'p self,
        view: &str,
        selector: &str,
        text: Option<&str>,
    ) -> Result<ElementRef<'p>, String> {
        let found = self.select(view, selector, text);
        let filter = text
            .map(|text| format!(" with the text {text:?}"))
            .unwrap_or_default();
        match found[..] {
            [element] => Ok(element),
            [] => Err(format!(
                "no element of the live view matches {selector:?}{filter}{}{}",
                self.other_matches(view, selector, text),
                excerpt(&self.document.inner_html(view)),
            )),
            ref found => {
                let html: Vec<_> = found.iter().map(ElementRef::html).collect();
                let count = found.len();
                Err(format!(
                    "{count} elements match {selector:?}{filter}, where one is due{}",
                    excerpt(&html.join("\n"))
                ))
            }
        }
    }

    /// What a message adds when the filter or the view is to blame.
    fn other_matches(&self, view: &str, selector: &str, text: Option<&str>) -> String {
        let without_text = self.select(view, selector, None).len();
        if text.is_some() && without_text > 0 {
            return format!(", although {without_text} match without the text");
        }
        let parsed = dom::parse_selector(selector);
        match self
            .document
            .root()
            .select(&parsed)
            .next()
            .and_then(dom::owner)
        {
            Some(other) if other != view => {
                format!(", although one of the live view #{other} does")
            }
            _ => String::new(),
        }
    }

    pub(super) fn find_data(
        &self,
        view: &str,
        selector: &str,
        text: Option<&str>,
    ) -> Result<Found, String> {
        self.find(view, selector, text).map(Found::of)
    }

    /// Where an event of an element goes: every view and component that the target names (13.1, 11).
    pub(super) fn targets(
        &self,
        from: &Found,
        target: Option<&str>,
    ) -> Result<Vec<(String, Option<u64>)>, String> {
        let Some(target) = target else {
            return Ok(vec![(from.view.clone(), None)]);
        };
        if let Ok(cid) = target.parse() {
            return Ok(vec![(from.view.clone(), Some(cid))]);
        }
        let selector = dom::parse_selector(target);
        let matched = self.document.root().select(&selector);
        let owned = matched
            .filter_map(|element| Some((dom::owner(element)?.to_owned(), dom::component(element))));
        match owned.collect::<Vec<_>>() {
            targets if targets.is_empty() => Err(format!("nothing matches the target {target:?}")),
            targets => Ok(targets),
        }
    }

    /// The data of the elements that a command is `to`, starting from an element (11).
    pub(super) fn command_targets(
        &self,
        from: &Found,
        selector: &str,
        text: Option<&str>,
        to: &serde_json::Value,
    ) -> Vec<Found> {
        if to.is_null() {
            return vec![from.clone()];
        }
        let of = |elements: Vec<ElementRef<'_>>| elements.into_iter().map(Found::of).collect();
        if let Some(to) = to.as_str() {
            return of(self
                .document
                .root()
                .select(&dom::parse_selector(to))
                .collect());
        }
        let Ok(own) = self.find(&from.view, selector, text) else {
            return Vec::new();
        };
        if let Some(inner) = to["inner"].as_str() {
            return of(own.select(&dom::parse_selector(inner)).collect());
        }
        let closest = dom::parse_selector(to["closest"].as_str().unwrap_or("*"));
        of(dom::with_ancestors(own)
            .find(|element| closest.matches(element))
            .into_iter()
            .collect())
    }
}
