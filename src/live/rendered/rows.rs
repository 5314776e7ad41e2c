use std::hash::Hash;

use super::Template;
use super::sink::{Frame, Mode, Sink, Statics};
use crate::live::stream::Changes;

mod streamed;
mod tracked;

use streamed::Streamed;
use tracked::Tracked;

/// Writes the rows of a comprehension (`:for`, or `for` in braces).
#[derive(Debug)]
pub struct Rows<'s> {
    sink: &'s mut Sink,
    index: u32,
    template: &'static Template,
    parent: Frame,
    /// Rows written so far.
    count: usize,
    writing: Writing,
    /// The outermost comprehension of a component shares the statics inside it.
    shares: bool,
}

/// What the rows are written for.
#[derive(Debug)]
enum Writing {
    Page,
    /// A diff: each row is compared with what the client holds of it.
    Tracked(Tracked),
    /// A diff of a stream: the client keeps the rows, the server forgets them.
    Streamed(Streamed),
}

impl<'s> Rows<'s> {
    /// Opens the comprehension in the frame's dynamic number `index`, unless it is nested too deep.
    pub(super) fn begin(
        sink: &'s mut Sink,
        index: u32,
        template: &'static Template,
    ) -> Option<Self> {
        Self::open(sink, index, template, Tracked::begin)
    }

    /// Opens the comprehension of a stream.
    pub(super) fn begin_stream(
        sink: &'s mut Sink,
        index: u32,
        template: &'static Template,
        changes: Changes,
    ) -> Option<Self> {
        Self::open(sink, index, template, |sink, index, template| {
            Streamed::begin(sink, index, template, changes)
        })
    }

    fn open(
        sink: &'s mut Sink,
        index: u32,
        template: &'static Template,
        diff: impl FnOnce(&mut Sink, u32, &'static Template) -> (Writing, Frame),
    ) -> Option<Self> {
        if !sink.descend() {
            return None;
        }
        let (writing, frame) = match sink.mode {
            Mode::Html => (Writing::Page, Frame::new(template, Vec::new(), 0)),
            Mode::Diff => diff(sink, index, template),
        };
        let parent = std::mem::replace(&mut sink.frame, frame);
        let shares = sink.mode == Mode::Diff && matches!(sink.statics, Statics::Written);
        if shares {
            sink.statics = Statics::Shared(Vec::new());
        }
        Some(Self {
            sink,
            index,
            template,
            parent,
            count: 0,
            writing,
            shares,
        })
    }

    /// Writes the next row, known by its position.
    #[doc(hidden)]
    pub fn row(&mut self, body: impl FnOnce(&mut Sink)) {
        self.write(|_| None, body);
    }

    /// Writes the next row, known by its key (`:key`).
    #[doc(hidden)]
    pub fn keyed_row(&mut self, key: &(impl Hash + ?Sized), body: impl FnOnce(&mut Sink)) {
        self.write(|sink| Some(sink.hash(key)), body);
    }

    fn write(&mut self, key: impl FnOnce(&Sink) -> Option<u64>, body: impl FnOnce(&mut Sink)) {
        let sink = &mut *self.sink;
        match &mut self.writing {
            Writing::Page => {
                sink.write_static(0);
                body(sink);
            }
            Writing::Tracked(tracked) => {
                let key = key(sink);
                let row = tracked.begin_row(sink, self.template, self.count, key);
                body(sink);
                tracked.end_row(sink, row);
            }
            Writing::Streamed(streamed) => {
                streamed.begin_row(sink, self.template, self.count);
                body(sink);
                sink.out.push(b'}');
            }
        }
        self.count += 1;
    }

    /// Closes the comprehension.
    pub(super) fn end(self) {
        let sent = self.sink.ascend(self.parent).sent;
        let shared = if self.shares {
            std::mem::replace(&mut self.sink.statics, Statics::Written)
        } else {
            Statics::Written
        };
        match self.writing {
            Writing::Page => self.sink.write_static(self.index as usize + 1),
            Writing::Tracked(tracked) => {
                tracked.end(self.sink, self.index, self.count, sent, &shared);
            }
            Writing::Streamed(streamed) => {
                streamed.end(self.sink, self.index, self.template, self.count, &shared);
            }
        }
    }
}
