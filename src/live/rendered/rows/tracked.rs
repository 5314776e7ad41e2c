use std::collections::HashMap;

use super::super::Template;
use super::super::sink::{Frame, Sink, Statics};
use super::Writing;
use crate::live::differ::sent::{self, Sent, SentRows};

/// Matches rows with those the client holds.
///
/// As long as the keys come in the order the client has them, rows are compared where they are. At the first key that
/// differs the rest of the held rows is set aside and looked up by key: a row found there has moved.
#[derive(Debug)]
pub(super) struct Tracked {
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

/// A row that is being written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    position: usize,
    origin: Origin,
    checkpoint: usize,
}

/// Where the client has a row.
#[derive(Debug, Clone, Copy)]
enum Origin {
    Here,
    At(usize),
    Nowhere,
}

impl Tracked {
    pub(super) fn begin(
        sink: &mut Sink,
        index: u32,
        template: &'static Template,
    ) -> (Writing, Frame) {
        let key = sink.out.len();
        sink.write_key(index as usize, sink.frame.members);
        sink.out.extend_from_slice(b"{\"k\":{");
        let members = sink.out.len();
        let (mut rows, replaced) = sink.take_rows(index, template);
        let frame = Frame::new(template, std::mem::take(&mut rows.dynamics), members);
        let held_count = rows.count;
        let tracked = Self {
            rows,
            replaced,
            held_count,
            set_aside: None,
            moved: false,
            key,
            members,
        };
        (Writing::Tracked(tracked), frame)
    }

    pub(super) fn begin_row(
        &mut self,
        sink: &mut Sink,
        template: &Template,
        position: usize,
        key: Option<u64>,
    ) -> Row {
        let origin = self.place(&mut sink.frame.sent, template.dynamics(), position, key);
        let checkpoint = sink.out.len();
        sink.write_key(position, self.members);
        if let Origin::At(held) = origin {
            sink.out.push(b'[');
            sink.write_number(held);
            sink.out.push(b',');
        }
        sink.out.push(b'{');
        sink.frame.base = position * template.dynamics();
        sink.frame.members = sink.out.len();
        Row {
            position,
            origin,
            checkpoint,
        }
    }

    pub(super) fn end_row(&mut self, sink: &mut Sink, row: Row) {
        let unchanged = sink.out.len() == sink.frame.members;
        match row.origin {
            Origin::Here if unchanged => sink.out.truncate(row.checkpoint),
            Origin::Here | Origin::Nowhere => sink.out.push(b'}'),
            Origin::At(held) if unchanged => {
                self.moved = true;
                sink.out.truncate(row.checkpoint);
                sink.write_key(row.position, self.members);
                sink.write_number(held);
            }
            Origin::At(_) => {
                self.moved = true;
                sink.out.extend_from_slice(b"}]");
            }
        }
    }

    /// Finds the row among those the client holds and brings what was sent of it to its new position.
    fn place(
        &mut self,
        sent: &mut Vec<Sent>,
        stride: usize,
        position: usize,
        key: Option<u64>,
    ) -> Origin {
        if self.set_aside.is_none() && position < self.held_count {
            if key.is_none_or(|key| self.rows.keys.get(position) == Some(&key)) {
                return Origin::Here;
            }
            self.set_aside(position, sent, stride);
        }
        self.rows.keys.extend(key);
        match key.and_then(|key| self.set_aside.as_mut()?.take(key, stride, sent)) {
            Some(held) if held == position => Origin::Here,
            Some(held) => Origin::At(held),
            None => {
                sent::extend(sent, stride);
                Origin::Nowhere
            }
        }
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

    pub(super) fn end(
        mut self,
        sink: &mut Sink,
        index: u32,
        count: usize,
        sent: Vec<Sent>,
        shared: &Statics,
    ) {
        let fresh = self.replaced.is_some();
        if let (0, Some(held)) = (count, self.replaced.take()) {
            return sink.put_no_rows(index, self.key, held);
        }
        if fresh || sink.out.len() > self.members || count != self.held_count {
            self.write_end(sink, count, fresh, shared);
        } else {
            sink.out.truncate(self.key);
        }
        self.keep(count, sent);
        *sink.sent(index) = Sent::Rows(self.rows);
    }

    fn write_end(&self, sink: &mut Sink, count: usize, fresh: bool, shared: &Statics) {
        sink.write_count(self.members, count);
        if self.moved {
            sink.out.extend_from_slice(b",\"km\":true");
        }
        sink.out.push(b'}');
        if fresh {
            sink.write_statics(self.rows.template);
        }
        sink.write_statics_of_rows(shared);
        sink.out.push(b'}');
    }

    /// Remembers the rows just written, and lets go of memory that a much longer list took.
    fn keep(&mut self, count: usize, mut sent: Vec<Sent>) {
        sent.truncate(count * self.rows.template.dynamics());
        if sent.capacity() > sent.len() + sent.len() / 2 {
            sent.shrink_to_fit();
        }
        self.rows.keys.truncate(count);
        if cfg!(debug_assertions) {
            self.warn_of_equal_keys();
        }
        self.rows.dynamics = sent;
        self.rows.count = count;
    }
}

impl Tracked {
    /// Rows with equal keys are shown right, but one of them is sent again whenever they move.
    fn warn_of_equal_keys(&self) {
        let mut keys = self.rows.keys.clone();
        keys.sort_unstable();
        if keys.windows(2).any(|pair| pair[0] == pair[1]) {
            tracing::error!(
                template = self.rows.template.json,
                "rows of a comprehension have the same `:key`"
            );
        }
    }
}

impl SetAside {
    /// Takes the row with this key, if it was not taken before, and appends what was sent of it.
    fn take(&mut self, key: u64, stride: usize, sent: &mut Vec<Sent>) -> Option<usize> {
        let position = self.positions.remove(&key)?;
        let start = (position - self.first) * stride;
        sent.extend(
            self.dynamics[start..start + stride]
                .iter_mut()
                .map(std::mem::take),
        );
        Some(position)
    }
}
