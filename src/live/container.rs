use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::rendered::TextWriter;

/// The element around a view: [`LiveView::CONTAINER`](super::LiveView::CONTAINER), that of a route, or that of a place in
/// a template.
///
/// ```
/// use bennu::live::Container;
///
/// const CONTAINER: Container = Container::new("article", &[("class", "wide")]);
/// let third = CONTAINER.attribute("data-row", "3");
/// # let _ = third;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    tag: &'static str,
    attributes: Attributes,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Attributes {
    Static(&'static [(&'static str, &'static str)]),
    Owned(Arc<[(&'static str, Cow<'static, str>)]>),
}

impl Container {
    /// An element of this tag, with these attributes besides those that the client needs.
    #[must_use]
    pub const fn new(
        tag: &'static str,
        attributes: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self {
            tag,
            attributes: Attributes::Static(attributes),
        }
    }

    /// Adds an attribute, or gives one that is there another value.
    #[must_use]
    pub fn attribute(self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        let others = self.attributes().filter(|(other, _)| *other != name);
        let others = others.map(|(name, value)| (name, Cow::Owned(value.to_owned())));
        let attributes = others.chain([(name, value.into())]).collect();
        Self {
            tag: self.tag,
            attributes: Attributes::Owned(attributes),
        }
    }

    pub(super) const fn tag(&self) -> &'static str {
        self.tag
    }

    fn attributes(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let (known, owned) = match &self.attributes {
            Attributes::Static(known) => (*known, [].as_slice()),
            Attributes::Owned(owned) => ([].as_slice(), &**owned),
        };
        let owned = owned.iter().map(|(name, value)| (*name, value.as_ref()));
        known.iter().copied().chain(owned)
    }

    /// Writes the attributes into a tag.
    pub(super) fn write_attributes(&self, out: &mut Vec<u8>) {
        for (name, value) in self.attributes() {
            out.push(b' ');
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"=\"");
            TextWriter::html(out).text(value);
            out.push(b'"');
        }
    }

    /// Writes the container as a page needs it whose container another view made: `["div",{..}]` (4.3).
    pub(super) fn write_json(&self, out: &mut Vec<u8>) {
        let attributes: BTreeMap<_, _> = self.attributes().collect();
        serde_json::to_writer(out, &(self.tag, attributes))
            .expect("text is JSON, and memory can be written");
    }
}

impl Default for Container {
    fn default() -> Self {
        Self::new("div", &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_added_and_replaced() {
        let row = Container::new("li", &[("class", "row"), ("title", "of many")]);
        let third = row
            .attribute("data-row", "<3>")
            .attribute("class", String::from("third"));
        let mut tag = Vec::new();
        third.write_attributes(&mut tag);
        let expected = r#" title="of many" data-row="&lt;3&gt;" class="third""#;
        assert_eq!(String::from_utf8_lossy(&tag), expected);
        let mut json = Vec::new();
        third.write_json(&mut json);
        let expected = r#"["li",{"class":"third","data-row":"<3>","title":"of many"}]"#;
        assert_eq!(String::from_utf8_lossy(&json), expected);
    }
}
