use super::super::Template;
use super::super::sink::{Frame, Sink, Statics};
use super::Writing;
use crate::live::differ::sent::{self, Sent};
use crate::live::stream::Changes;

/// Writes the rows of a stream: each of them whole, and nothing of them is remembered.
#[derive(Debug)]
pub(super) struct Streamed {
    changes: Changes,
    /// The client does not hold the comprehension yet.
    fresh: bool,
    /// Where the key of the comprehension begins in the buffer, and where its rows do.
    key: usize,
    members: usize,
}

impl Streamed {
    pub(super) fn begin(
        sink: &mut Sink,
        index: u32,
        template: &'static Template,
        changes: Changes,
    ) -> (Writing, Frame) {
        let key = sink.out.len();
        sink.write_key(index as usize, sink.frame.members);
        sink.out.extend_from_slice(b"{\"k\":{");
        let members = sink.out.len();
        let fresh = !matches!(sink.sent(index), Sent::Stream(held) if held.is(template));
        let frame = Frame::new(template, Vec::with_capacity(template.dynamics()), members);
        (
            Writing::Streamed(Self {
                changes,
                fresh,
                key,
                members,
            }),
            frame,
        )
    }

    pub(super) fn begin_row(&self, sink: &mut Sink, template: &Template, position: usize) {
        sink.frame.sent.clear();
        sent::extend(&mut sink.frame.sent, template.dynamics());
        sink.write_key(position, self.members);
        sink.out.push(b'{');
        sink.frame.members = sink.out.len();
    }

    pub(super) fn end(
        self,
        sink: &mut Sink,
        index: u32,
        template: &'static Template,
        count: usize,
        shared: &Statics,
    ) {
        if !self.fresh && self.changes.is_empty() {
            sink.out.truncate(self.key);
            return;
        }
        sink.write_count(self.members, count);
        sink.out.extend_from_slice(b"},\"stream\":");
        self.changes.write(&mut sink.out);
        if self.fresh {
            sink.write_statics(template);
        }
        sink.write_statics_of_rows(shared);
        sink.out.push(b'}');
        *sink.sent(index) = Sent::Stream(template);
    }
}
