//! Streams: long lists that the browser keeps and the server forgets.

mod changes;

use std::cell::{OnceCell, RefCell};
use std::fmt;

pub(crate) use changes::Changes;

use crate::live::rendered::{Comprehension, Dynamic, Rows, Template, TextWriter};
use crate::live::rendered::{Items, Text};

/// How many insertions and deletions a stream holds until it is rendered.
///
/// Past it the oldest are dropped, as if they had never been made. Only a stream that is not on the page gets there, or one
/// that is filled with more items than a browser should show.
pub const STREAM_PENDING_MAX: usize = 100_000;

/// A list whose items are sent once and then live in the browser alone.
///
/// Its counterpart is `Phoenix.LiveView.stream/4`. A view keeps it in a field, shows it with `:for` in an element that has
/// an `id` and `phx-update="stream"`, and puts the id it is given on each item. Items wait in the stream until the next
/// render and are dropped after it.
///
/// ```
/// use bennu::heex;
/// use bennu::live::differ::{DiffOptions, Differ};
/// use bennu::live::rendered::Render;
/// use bennu::live::stream::Stream;
///
/// struct Pets {
///     pets: Stream<(u32, &'static str)>,
/// }
///
/// impl Pets {
///     fn render(&self) -> impl Render {
///         heex! {
///             <ul id="pets" phx-update="stream">
///                 <li :for={(dom_id, (_, name)) in &self.pets} id={dom_id}>{name}</li>
///             </ul>
///         }
///     }
/// }
///
/// let mut view = Pets { pets: Stream::new("pets", |(id, _)| *id) };
/// view.pets.insert((1, "Ada"));
/// let (mut differ, mut diff) = (Differ::new(), Vec::new());
/// differ.diff(view.render(), &mut diff, DiffOptions::default())?;
///
/// view.pets.prepend((2, "Bo"));
/// view.pets.delete_by_dom_id("pets-1");
/// diff.clear();
/// differ.diff(view.render(), &mut diff, DiffOptions::default())?;
/// assert_eq!(
///     std::str::from_utf8(&diff)?,
///     r#""0":{"k":{"0":{"0":" id=\"pets-2\"","1":"Bo"},"kc":1},"stream":["0",[["pets-2",0,null,null]],["pets-1"]]}"#,
/// );
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub struct Stream<T> {
    dom_id: Box<dyn Fn(&T) -> String + Send + Sync>,
    pending: RefCell<Pending<T>>,
    /// The name the client knows the stream by, from its first diff on.
    reference: OnceCell<String>,
    limit: Option<i32>,
}

/// What happened since the last render.
#[derive(Debug)]
struct Pending<T> {
    /// Oldest first.
    inserts: Vec<Insert<T>>,
    deletes: Vec<String>,
    reset: bool,
}

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self {
            inserts: Vec::new(),
            deletes: Vec::new(),
            reset: false,
        }
    }
}

#[derive(Debug)]
struct Insert<T> {
    dom_id: String,
    item: T,
    at: i32,
    limit: Option<i32>,
    update_only: bool,
}

/// How an item is inserted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InsertOptions {
    /// The position before which the item is inserted; -1, the default, appends.
    pub at: i32,
    /// How many items the browser keeps then, in place of the stream's own [limit](Stream::limit).
    pub limit: Option<i32>,
    /// Whether an item that the browser does not have is left out.
    pub update_only: bool,
}

impl Default for InsertOptions {
    fn default() -> Self {
        Self {
            at: -1,
            limit: None,
            update_only: false,
        }
    }
}

impl<T: 'static> Stream<T> {
    /// An empty stream whose items have the DOM id `name-id`.
    pub fn new<I: fmt::Display>(
        name: &'static str,
        id: impl Fn(&T) -> I + Send + Sync + 'static,
    ) -> Self {
        Self::with_dom_id(move |item| format!("{name}-{}", id(item)))
    }

    /// An empty stream whose items have the DOM id that `dom_id` gives.
    pub fn with_dom_id(dom_id: impl Fn(&T) -> String + Send + Sync + 'static) -> Self {
        Self {
            dom_id: Box::new(dom_id),
            pending: RefCell::default(),
            reference: OnceCell::new(),
            limit: None,
        }
    }

    /// Lets the browser keep only so many items from now on: with a positive limit it drops the last ones, with a negative
    /// one the first. Phoenix's `limit`.
    #[must_use]
    pub fn limit(mut self, limit: i32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Appends an item, or updates it where it is when the browser has it.
    pub fn insert(&mut self, item: T) {
        self.insert_at(-1, item);
    }

    /// Puts an item first.
    pub fn prepend(&mut self, item: T) {
        self.insert_at(0, item);
    }

    /// Inserts an item before the one at this position; -1 appends. Phoenix's `at`.
    pub fn insert_at(&mut self, at: i32, item: T) {
        let options = InsertOptions {
            at,
            ..InsertOptions::default()
        };
        self.insert_with(item, options);
    }

    /// Updates an item if the browser has it, and does nothing otherwise. Phoenix's `update_only`.
    pub fn update(&mut self, item: T) {
        let options = InsertOptions {
            update_only: true,
            ..InsertOptions::default()
        };
        self.insert_with(item, options);
    }

    /// Removes an item.
    pub fn delete(&mut self, item: &T) {
        let dom_id = (self.dom_id)(item);
        self.delete_by_dom_id(dom_id);
    }

    /// Removes the item with this DOM id.
    pub fn delete_by_dom_id(&mut self, dom_id: impl Into<String>) {
        let (dom_id, pending) = (dom_id.into(), self.pending.get_mut());
        pending.inserts.retain(|insert| insert.dom_id != dom_id);
        pending.deletes.push(dom_id);
        bound(&mut pending.deletes);
    }

    /// Removes all items that are not inserted again before the next render.
    pub fn reset(&mut self) {
        *self.pending.get_mut() = Pending {
            reset: true,
            ..Pending::default()
        };
    }

    /// Inserts an item as `options` say, all that `stream_insert/4` can.
    pub fn insert_with(&mut self, item: T, options: InsertOptions) {
        let dom_id = (self.dom_id)(&item);
        let InsertOptions {
            at,
            limit,
            update_only,
        } = options;
        let limit = limit.or(self.limit);
        let inserts = &mut self.pending.get_mut().inserts;
        inserts.push(Insert {
            dom_id,
            item,
            at,
            limit,
            update_only,
        });
        bound(inserts);
    }
}

/// Drops the oldest half of what is past the bound, so that each entry is moved once.
fn bound<T>(pending: &mut Vec<T>) {
    if pending.len() > STREAM_PENDING_MAX + STREAM_PENDING_MAX / 8 {
        pending.drain(..pending.len() - STREAM_PENDING_MAX);
    }
}

impl<T: 'static> Extend<T> for Stream<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        for item in items {
            self.insert(item);
        }
    }
}

impl<T> fmt::Debug for Stream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pending = self.pending.borrow();
        f.debug_struct("Stream")
            .field("inserts", &pending.inserts.len())
            .field("deletes", &pending.deletes.len())
            .field("reset", &pending.reset)
            .finish_non_exhaustive()
    }
}

impl<'i, T: 'static> Items<'i> for &Stream<T> {
    type Item = (DomId<'i>, &'i T);
}

impl<T: 'static> Comprehension for &Stream<T> {
    fn write_rows(
        self,
        mut dynamic: Dynamic<'_>,
        template: &'static Template,
        mut row: impl FnMut(&mut Rows<'_>, <Self as Items<'_>>::Item),
    ) {
        if !dynamic.is_diff() {
            let pending = self.pending.borrow();
            return dynamic.rows(template, |rows| {
                pending.each(|id, item| row(rows, (id, item)));
            });
        }
        let pending = self.pending.take();
        let reference = self.reference.get_or_init(|| dynamic.name_stream());
        let changes = pending.changes(reference);
        dynamic.stream_rows(template, changes, |rows| {
            pending.each(|id, item| row(rows, (id, item)));
        });
    }
}

impl<T> Pending<T> {
    /// The items in the order they were inserted; of those with the same id, the newest.
    fn each(&self, mut each: impl FnMut(DomId<'_>, &T)) {
        let last: std::collections::HashMap<&str, usize> = self
            .inserts
            .iter()
            .enumerate()
            .map(|(at, insert)| (insert.dom_id.as_str(), at))
            .collect();
        for (at, insert) in self.inserts.iter().enumerate() {
            if last.get(insert.dom_id.as_str()) == Some(&at) {
                each(DomId(&insert.dom_id), &insert.item);
            }
        }
    }

    fn changes(&self, reference: &str) -> Changes {
        let mut changes = Changes::new(reference, self.reset);
        for insert in self.inserts.iter().rev() {
            changes.insert(&insert.dom_id, insert.at, insert.limit, insert.update_only);
        }
        for dom_id in &self.deletes {
            changes.delete(dom_id);
        }
        changes
    }
}

/// The DOM id of a stream's item, which its root element must carry: `id={dom_id}`.
///
/// In a selector it is `format!("#{dom_id}")`, as the id of a live component it can be given as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DomId<'i>(&'i str);

impl<'i> DomId<'i> {
    /// The id as text.
    #[must_use]
    pub const fn as_str(self) -> &'i str {
        self.0
    }
}

impl fmt::Display for DomId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl From<DomId<'_>> for String {
    fn from(dom_id: DomId<'_>) -> Self {
        dom_id.0.to_owned()
    }
}

impl Text for DomId<'_> {
    fn write(&self, out: &mut TextWriter<'_>) {
        out.text(self.0);
    }
}
