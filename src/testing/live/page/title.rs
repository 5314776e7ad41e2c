//! The title that the browser shows (2.5).

use serde_json::Value;

use super::Page;
use crate::testing::live::dom;

impl Page {
    /// The title that the browser shows (2.5).
    pub(in crate::testing::live) fn title(&self) -> String {
        self.title.clone().unwrap_or_else(|| {
            let title = dom::parse_selector("title");
            self.document
                .root()
                .select(&title)
                .next()
                .map(dom::text)
                .unwrap_or_default()
        })
    }

    pub(super) fn put_title(&mut self, title: &Value) {
        let [prefix, default, suffix] = self.title_parts();
        let title = title.as_str().filter(|title| !title.trim().is_empty());
        let title = title.map_or(default.unwrap_or_default(), str::to_owned);
        self.title = Some(format!(
            "{}{title}{}",
            prefix.unwrap_or_default(),
            suffix.unwrap_or_default()
        ));
    }

    /// What a join without a title resets the title to; none leaves it alone.
    pub(super) fn default_title(&self) -> Option<String> {
        let [prefix, default, suffix] = self.title_parts();
        let default = default?;
        Some(format!(
            "{}{default}{}",
            prefix.unwrap_or_default(),
            suffix.unwrap_or_default()
        ))
    }

    fn title_parts(&self) -> [Option<String>; 3] {
        let selector = dom::parse_selector("title");
        let title = self.document.root().select(&selector).next();
        ["data-prefix", "data-default", "data-suffix"]
            .map(|name| title.and_then(|title| title.attr(name)).map(str::to_owned))
    }
}
