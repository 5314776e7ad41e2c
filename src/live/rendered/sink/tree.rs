//! Writes the nodes of a diff and takes back those that did not change.

use super::super::{RenderError, Template};
use super::dynamic::{Dynamic, Place};
use super::{Frame, NO_TEMPLATE, Sink, Statics};
use crate::live::differ::sent::{Sent, SentNode, SentRows};

/// Where a value began: its key, and the value itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Checkpoint {
    key: usize,
    value: usize,
}

/// A nested template that is being written.
#[derive(Debug)]
pub(super) struct OpenNode {
    parent: Frame,
    /// The node to put back, and whether the client already holds its statics.
    node: Box<SentNode>,
    fresh: bool,
    checkpoint: usize,
}

impl Sink {
    pub(super) fn begin_text(&mut self, index: u32) -> Checkpoint {
        let key = self.out.len();
        self.write_key(index as usize, self.frame.members);
        let value = self.out.len();
        self.out.push(b'"');
        Checkpoint { key, value }
    }

    pub(super) fn end_text(&mut self, index: u32, checkpoint: Checkpoint, form_value: bool) {
        self.out.push(b'"');
        let hash = self.hash_from(checkpoint.value);
        let resend = form_value && self.resend_form_values;
        let sent = self.sent(index);
        match sent {
            Sent::Text(held) if *held == hash && !resend => self.out.truncate(checkpoint.key),
            _ => *sent = Sent::Text(hash),
        }
    }

    pub(super) fn begin_html(&mut self, template: &'static Template) -> Frame {
        let frame = Frame::new(template, Vec::new(), 0);
        let parent = std::mem::replace(&mut self.frame, frame);
        self.write_static(0);
        parent
    }

    pub(super) fn end_html(&mut self, parent: Frame, place: &Place<'_>) {
        self.ascend(parent);
        if let Place::At(index) = place {
            self.write_static(*index as usize + 1);
        }
    }

    pub(super) fn begin_root(
        &mut self,
        template: &'static Template,
        held: Option<Box<SentNode>>,
    ) -> OpenNode {
        let members = self.frame.members;
        let another = held
            .as_ref()
            .is_some_and(|held| !held.template.is(template));
        if another && self.view.components.current().is_none() {
            self.view.delete_components();
        }
        let held = held.map_or(Sent::Nothing, Sent::Node);
        self.open(template, held, members, members)
    }

    /// Writes the members of a component's tree into a buffer of its own, and says what the client holds of it then.
    pub(in crate::live) fn component_root(
        &mut self,
        mut held: Option<Box<SentNode>>,
        render: impl FnOnce(Dynamic<'_>),
    ) -> (Vec<u8>, Option<Box<SentNode>>) {
        let out = std::mem::take(&mut self.out);
        let frame = std::mem::replace(&mut self.frame, Frame::new(&NO_TEMPLATE, Vec::new(), 0));
        let statics = std::mem::replace(&mut self.statics, Statics::Written);
        render(self.root(&mut held));
        if held.as_ref().is_some_and(|held| !held.template.root) {
            self.give_up(RenderError::NotOneElement);
        }
        (self.frame, self.statics) = (frame, statics);
        (std::mem::replace(&mut self.out, out), held)
    }

    pub(super) fn end_root(&mut self, open: OpenNode) -> Box<SentNode> {
        let OpenNode {
            parent,
            mut node,
            fresh,
            ..
        } = open;
        if fresh {
            match self.view.components.refer_to_statics(node.template) {
                Some(reference) => self.write_reference(reference),
                None => self.write_root_statics(node.template),
            }
        }
        node.dynamics = self.ascend(parent).sent;
        node
    }

    /// Writes the statics of the view or of a component; a component says that it is one element.
    fn write_root_statics(&mut self, template: &'static Template) {
        self.write_statics(template);
        if self.view.components.current().is_some() {
            self.out.extend_from_slice(b",\"r\":1");
        }
    }

    pub(super) fn begin_node(&mut self, index: u32, template: &'static Template) -> OpenNode {
        let checkpoint = self.out.len();
        self.write_key(index as usize, self.frame.members);
        self.out.push(b'{');
        let held = std::mem::take(self.sent(index));
        self.open(template, held, checkpoint, self.out.len())
    }

    pub(super) fn end_node(&mut self, index: u32, open: OpenNode) {
        let OpenNode {
            parent,
            mut node,
            fresh,
            checkpoint,
        } = open;
        if fresh {
            self.write_statics(node.template);
            if node.template.root {
                self.out.extend_from_slice(b",\"r\":1");
            }
        }
        let unchanged = self.out.len() == self.frame.members;
        if unchanged {
            self.out.truncate(checkpoint);
        } else {
            self.out.push(b'}');
        }
        node.dynamics = self.ascend(parent).sent;
        *self.sent(index) = Sent::Node(node);
    }

    fn open(
        &mut self,
        template: &'static Template,
        held: Sent,
        checkpoint: usize,
        members: usize,
    ) -> OpenNode {
        let (mut node, fresh) = match held {
            Sent::Node(node) if node.template.is(template) => (node, false),
            _ => (Box::new(SentNode::new(template)), true),
        };
        let sent = std::mem::take(&mut node.dynamics);
        let parent = std::mem::replace(&mut self.frame, Frame::new(template, sent, members));
        OpenNode {
            parent,
            node,
            fresh,
            checkpoint,
        }
    }

    /// Takes what the client holds of a comprehension, and whether it is another one than `template`'s.
    pub(in crate::live::rendered) fn take_rows(
        &mut self,
        index: u32,
        template: &'static Template,
    ) -> (Box<SentRows>, Option<Sent>) {
        match std::mem::take(self.sent(index)) {
            Sent::Rows(rows) if rows.template.is(template) => (rows, None),
            other => (Box::new(SentRows::new(template)), Some(other)),
        }
    }

    /// A comprehension without rows that the client does not know yet is the empty text.
    pub(in crate::live::rendered) fn put_no_rows(&mut self, index: u32, key: usize, held: Sent) {
        self.out.truncate(key);
        *self.sent(index) = held;
        let checkpoint = self.begin_text(index);
        self.end_text(index, checkpoint, false);
    }
}
