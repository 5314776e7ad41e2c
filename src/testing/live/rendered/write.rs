//! Writing the tree as HTML.

use super::{Content, Dynamic, Rendered, Result, StreamChanges, Tree, malformed};

/// Components within components; a tree deeper than this refers to itself.
const COMPONENT_DEPTH_MAX: usize = 100;

impl Rendered {
    /// The view's HTML, components marked as the client marks them, and what happens to its streams. The items of
    /// streams are forgotten: from now on only the page has them.
    pub(in crate::testing::live) fn take_html(
        &mut self,
        view: &str,
    ) -> Result<(String, Vec<StreamChanges>)> {
        let mut writer = Writer {
            rendered: self,
            view,
            html: String::new(),
            streams: Vec::new(),
            component_depth: 0,
        };
        if let Some(root) = &self.root {
            writer.tree(root)?;
        }
        let (html, streams) = (writer.html, writer.streams);
        let trees = self.root.iter_mut().chain(self.components.values_mut());
        trees.for_each(Tree::forget_streamed);
        Ok((html, streams))
    }
}

struct Writer<'r> {
    rendered: &'r Rendered,
    view: &'r str,
    html: String,
    streams: Vec<StreamChanges>,
    component_depth: usize,
}

impl Writer<'_> {
    fn tree(&mut self, tree: &Tree) -> Result<()> {
        match &tree.content {
            Content::Once(dynamics) => self.once(&tree.statics, dynamics),
            Content::Keyed { entries, stream } => {
                self.streams.extend(stream.clone());
                entries
                    .iter()
                    .try_for_each(|entry| self.once(&tree.statics, entry))
            }
        }
    }

    fn once(&mut self, statics: &[String], dynamics: &[Dynamic]) -> Result<()> {
        let (first, rest) = statics.split_first().expect("statics are never empty");
        self.html.push_str(first);
        for (dynamic, part) in dynamics.iter().zip(rest) {
            match dynamic {
                Dynamic::Html(html) => self.html.push_str(html),
                Dynamic::Tree(tree) => self.tree(tree)?,
                Dynamic::Component(cid) => self.component(*cid)?,
            }
            self.html.push_str(part);
        }
        Ok(())
    }

    fn component(&mut self, cid: u64) -> Result<()> {
        let Some(tree) = self.rendered.components.get(&cid) else {
            return malformed(format!("component {cid} is shown but was never sent"));
        };
        self.component_depth += 1;
        if self.component_depth > COMPONENT_DEPTH_MAX {
            return malformed(format!("component {cid} contains itself"));
        }
        let start = self.html.len();
        self.tree(tree)?;
        self.component_depth -= 1;
        let Some(name_end) = root_name_end(&self.html[start..]) else {
            let html = &self.html[start..];
            return malformed(format!(
                "component {cid} does not begin with an element: {html}"
            ));
        };
        let marks = format!(
            r#" data-phx-component="{cid}" data-phx-view="{}""#,
            self.view
        );
        self.html.insert_str(start + name_end, &marks);
        Ok(())
    }
}

/// Where the name of the first tag ends; only space and comments may stand before it (5.11).
fn root_name_end(html: &str) -> Option<usize> {
    let mut rest = html.trim_start();
    while let Some(comment) = rest.strip_prefix("<!--") {
        rest = comment.split_once("-->")?.1.trim_start();
    }
    let name = rest.strip_prefix('<')?;
    let length =
        name.find(|character: char| character.is_whitespace() || "/>".contains(character))?;
    (length > 0).then_some(html.len() - name.len() + length)
}

impl Tree {
    fn forget_streamed(&mut self) {
        match &mut self.content {
            Content::Once(dynamics) => dynamics.iter_mut().for_each(Dynamic::forget_streamed),
            Content::Keyed { entries, stream } => {
                if stream.take().is_some() {
                    entries.clear();
                }
                let dynamics = entries.iter_mut().flatten();
                dynamics.for_each(Dynamic::forget_streamed);
            }
        }
    }
}

impl Dynamic {
    fn forget_streamed(&mut self) {
        if let Self::Tree(tree) = self {
            tree.forget_streamed();
        }
    }
}
