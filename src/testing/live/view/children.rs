//! The views in a view and beside it.

use super::View;

impl View {
    /// The views nested in this one: `live_children/1`.
    #[must_use]
    pub fn live_children(&self) -> Vec<Self> {
        let page = self.page();
        let children = page.document.children_of(&self.id).into_iter();
        let ids = children.filter_map(|child| child.value().id());
        ids.map(|id| Self {
            id: id.to_owned(),
            ..self.clone()
        })
        .collect()
    }

    /// The nested view with this id: `find_live_child/2`.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn find_live_child(&self, id: &str) -> Self {
        let children = self.live_children();
        let found = children.iter().find(|child| child.id == id).cloned();
        found.unwrap_or_else(|| {
            let ids: Vec<_> = children.iter().map(Self::id).collect();
            panic!("no nested view has the id {id:?}, but {}", ids.join(", "))
        })
    }

    /// The view with this id that stands beside this one: in the root layout, or as a sticky one.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn find_live_root(&self, id: &str) -> Self {
        assert!(
            self.page().document.is_root_view(id),
            "no view that stands by itself has the id {id:?}"
        );
        Self {
            id: id.to_owned(),
            ..self.clone()
        }
    }
}
