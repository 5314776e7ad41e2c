use std::collections::HashMap;
use std::hash::Hash;

use super::Template;
use super::sink::{Frame, Mode, Sink};
use crate::live::differ::sent::{self, Sent, SentRows};

/// Writes the rows of a comprehension (`:for`, or `for` in braces) and matches them with those the client holds.
///
/// As long as the keys come in the order the client has them, rows are compared where they are. At the first key that
/// differs the rest of the held rows is set aside and looked up by key: a row found there has moved.
#[derive(Debug)]
pub struct Rows<'s> {
    sink: &'s mut Sink,
    index: u32,
    template: &'static Template,
    parent: Option<Frame>,
    /// Rows written so far.
    count: usize,
    diff: Option<RowsDiff>,
}

/// What a comprehension needs to know while a diff is written.
#[derive(Debug)]
struct RowsDiff {
    rows: Box<SentRows>,
    /// What else the client holds in this place, when it does not hold this comprehension.
    replaced: Option<Sent>,
    held_count: usize,
    set_aside: Option<SetAside>,
    /// A row came from another position (`km`).
    moved: bool,
    /// Where the key of the comprehension begins in the buffer, and where its rows do.
    key: usize,
    members: usize,
}

/// The rows the client holds from the first key on that differs.
#[derive(Debug)]
struct SetAside {
    dynamics: Vec<Sent>,
    first: usize,
    positions: HashMap<u64, usize, foldhash::fast::RandomState>,
}

/// Where the client has the row that is about to be written.
#[derive(Debug, Clone, Copy)]
enum Origin {
    Here,
    At(usize),
    Nowhere,
}

impl<'s> Rows<'s> {
    /// Opens the comprehension in the frame's dynamic number `index`, unless it is nested too deep.
    pub(super) fn begin(
        sink: &'s mut Sink,
        index: u32,
        template: &'static Template,
    ) -> Option<Self> {
        if !sink.descend() {
            return None;
        }
        let diff = (sink.mode == Mode::Diff).then(|| RowsDiff::begin(sink, index, template));
        let mut rows = Self {
            sink,
            index,
            template,
            parent: None,
            count: 0,
            diff,
        };
        let sent = rows
            .diff
            .as_mut()
            .map_or_else(Vec::new, |diff| std::mem::take(&mut diff.rows.dynamics));
        let frame = Frame {
            template,
            sent,
            base: 0,
            members: 0,
        };
        rows.parent = Some(std::mem::replace(&mut rows.sink.frame, frame));
        Some(rows)
    }

    /// Writes the next row, known by its position.
    #[doc(hidden)]
    pub fn row(&mut self, body: impl FnOnce(&mut Sink)) {
        match self.diff.is_some() {
            true => self.diff_row(None, body),
            false => self.html_row(body),
        }
    }

    /// Writes the next row, known by its key (`:key`).
    #[doc(hidden)]
    pub fn keyed_row(&mut self, key: &(impl Hash + ?Sized), body: impl FnOnce(&mut Sink)) {
        match self.diff.is_some() {
            true => self.diff_row(Some(self.sink.hash(key)), body),
            false => self.html_row(body),
        }
    }

    fn html_row(&mut self, body: impl FnOnce(&mut Sink)) {
        self.sink.write_static(0);
        body(self.sink);
    }

    fn diff_row(&mut self, key: Option<u64>, body: impl FnOnce(&mut Sink)) {
        let origin = self.place_row(key);
        let checkpoint = self.begin_row(origin);
        body(self.sink);
        self.end_row(origin, checkpoint);
        self.count += 1;
    }

    /// Finds the row among those the client holds and brings what was sent of it to its new position.
    fn place_row(&mut self, key: Option<u64>) -> Origin {
        let diff = self.diff.as_mut().expect("a row is placed only in a diff");
        let stride = self.template.dynamics();
        let sent = &mut self.sink.frame.sent;
        if diff.set_aside.is_none() && self.count < diff.held_count {
            if diff.holds(self.count, key) {
                return Origin::Here;
            }
            diff.set_aside(self.count, sent, stride);
        }
        diff.rows.keys.extend(key);
        let origin = key.map_or(Origin::Nowhere, |key| diff.find(key, self.count));
        match (origin, &mut diff.set_aside) {
            (Origin::Nowhere, _) | (_, None) => sent::extend(sent, stride),
            (Origin::Here, Some(aside)) => aside.take(self.count, stride, sent),
            (Origin::At(position), Some(aside)) => aside.take(position, stride, sent),
        }
        origin
    }

    fn begin_row(&mut self, origin: Origin) -> usize {
        let checkpoint = self.sink.out.len();
        let members = self.diff.as_ref().map_or(0, |diff| diff.members);
        self.sink.write_key(self.count, members);
        if let Origin::At(position) = origin {
            self.sink.out.push(b'[');
            self.sink.write_number(position);
            self.sink.out.push(b',');
        }
        self.sink.out.push(b'{');
        self.sink.frame.base = self.count * self.template.dynamics();
        self.sink.frame.members = self.sink.out.len();
        checkpoint
    }

    fn end_row(&mut self, origin: Origin, checkpoint: usize) {
        let sink = &mut *self.sink;
        let diff = self.diff.as_mut().expect("a row is ended only in a diff");
        let unchanged = sink.out.len() == sink.frame.members;
        match origin {
            Origin::Here if unchanged => sink.out.truncate(checkpoint),
            Origin::Here | Origin::Nowhere => sink.out.push(b'}'),
            Origin::At(position) if unchanged => {
                diff.moved = true;
                sink.out.truncate(checkpoint);
                sink.write_key(self.count, diff.members);
                sink.write_number(position);
            }
            Origin::At(_) => {
                diff.moved = true;
                sink.out.extend_from_slice(b"}]");
            }
        }
    }

    /// Closes the comprehension.
    pub(super) fn end(mut self) {
        let parent = self.parent.take().expect("a comprehension ends once");
        let sent = self.sink.ascend(parent).sent;
        match self.diff.take() {
            Some(diff) => diff.end(self.sink, self.index, self.count, sent),
            None => self.sink.write_static(self.index as usize + 1),
        }
    }
}

impl RowsDiff {
    fn begin(sink: &mut Sink, index: u32, template: &'static Template) -> Self {
        let key = sink.out.len();
        sink.write_key(index as usize, sink.frame.members);
        sink.out.extend_from_slice(b"{\"k\":{");
        let members = sink.out.len();
        let (rows, replaced) = sink.take_rows(index, template);
        let held_count = rows.count;
        Self {
            rows,
            replaced,
            held_count,
            set_aside: None,
            moved: false,
            key,
            members,
        }
    }

    /// Whether the client has this row at this position.
    fn holds(&self, position: usize, key: Option<u64>) -> bool {
        key.is_none_or(|key| self.rows.keys.get(position) == Some(&key))
    }

    fn set_aside(&mut self, first: usize, sent: &mut Vec<Sent>, stride: usize) {
        let keys = self.rows.keys.split_off(first.min(self.rows.keys.len()));
        let dynamics = sent.split_off(first * stride);
        let positions = keys.into_iter().zip(first..).collect();
        self.set_aside = Some(SetAside {
            dynamics,
            first,
            positions,
        });
    }

    fn find(&mut self, key: u64, position: usize) -> Origin {
        match self
            .set_aside
            .as_mut()
            .and_then(|aside| aside.positions.remove(&key))
        {
            Some(held) if held == position => Origin::Here,
            Some(held) => Origin::At(held),
            None => Origin::Nowhere,
        }
    }

    fn end(mut self, sink: &mut Sink, index: u32, count: usize, sent: Vec<Sent>) {
        let fresh = self.replaced.is_some();
        if let (0, Some(held)) = (count, self.replaced.take()) {
            return sink.put_no_rows(index, self.key, held);
        }
        if fresh || sink.out.len() > self.members || count != self.held_count {
            self.write_end(sink, count, fresh);
        } else {
            sink.out.truncate(self.key);
        }
        self.keep(count, sent);
        sink.put_rows(index, self.rows);
    }

    fn write_end(&self, sink: &mut Sink, count: usize, fresh: bool) {
        sink.out
            .extend_from_slice(if sink.out.len() > self.members {
                b",\"kc\":"
            } else {
                b"\"kc\":"
            });
        sink.write_number(count);
        if self.moved {
            sink.out.extend_from_slice(b",\"km\":true");
        }
        sink.out.push(b'}');
        if fresh {
            sink.write_statics(self.rows.template);
        }
        sink.out.push(b'}');
    }

    /// Remembers the rows just written, and lets go of memory that a much longer list took.
    fn keep(&mut self, count: usize, mut sent: Vec<Sent>) {
        sent.truncate(count * self.rows.template.dynamics());
        if sent.capacity() > sent.len() + sent.len() / 2 {
            sent.shrink_to_fit();
        }
        self.rows.keys.truncate(count);
        self.rows.dynamics = sent;
        self.rows.count = count;
    }
}

impl SetAside {
    fn take(&mut self, position: usize, stride: usize, sent: &mut Vec<Sent>) {
        let start = (position - self.first) * stride;
        sent.extend(
            self.dynamics[start..start + stride]
                .iter_mut()
                .map(std::mem::take),
        );
    }
}
