//! The outermost tags of a template: at its top, and at the top of each slot it fills.

use crate::colocated::Asset;

/// What Phoenix's `config :phoenix_live_view, root_tag_attribute: "phx-r"` puts on them; scoped styles end there.
pub(crate) const NAME: &str = "phx-r";

/// Whether outermost tags carry it: the feature `root-tag-attribute`.
pub(crate) const ENABLED: bool = cfg!(feature = "root-tag-attribute");

/// What each outermost tag of a template carries: the attribute of all templates, and those of its own styles.
pub(super) fn attributes(assets: &[Asset]) -> String {
    if !ENABLED {
        return String::new();
    }
    let mut attributes = format!(" {NAME}");
    for scope in assets.iter().filter_map(Asset::scope) {
        attributes.push(' ');
        attributes.push_str(scope);
    }
    attributes
}

/// The attributes of outermost tags, and whether the tags that come next are outermost.
#[derive(Clone, Copy)]
pub(super) struct Roots<'t> {
    attributes: &'t str,
    outermost: bool,
}

impl<'t> Roots<'t> {
    pub(super) fn outermost(attributes: &'t str) -> Self {
        Self {
            attributes,
            outermost: true,
        }
    }

    /// For what stands in an element.
    pub(super) fn inside(self) -> Self {
        Self {
            outermost: false,
            ..self
        }
    }

    /// For what stands in a component, whose tags are around it.
    pub(super) fn of_slot(self) -> Self {
        Self::outermost(self.attributes)
    }

    /// What a tag that stands here carries.
    pub(super) fn here(self) -> &'t str {
        if self.outermost { self.attributes } else { "" }
    }
}
