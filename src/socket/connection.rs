//! One connection, without I/O: a decoded message and the ends of channels go in, one action comes out.
//!
//! This is dispatch table D of the wire contract. The machine knows which topics are joined, under which `join_ref`,
//! and nothing of tasks, sockets or clocks; `H` is whatever the driver keeps of a channel.

mod entries;

use bytestring::ByteString;

use entries::{Entries, Entry};

use crate::channel::JoinId;
use crate::protocol::{Message, Ref, event};

/// The joined topics of one connection.
pub(crate) struct Connection<H> {
    channels: Entries<H>,
    /// Channels whose topics are free or have another channel, and whose tasks have not ended.
    leaving: Vec<(JoinId, H)>,
    channels_max: usize,
    last_join: u32,
}

/// What the driver has to do about a message.
#[derive(Debug)]
pub(crate) enum Action<'c, H> {
    /// Answer `ok` with `{}` and a null `join_ref` (D-1).
    Heartbeat(Message),
    /// Answer as for a topic without a channel: `unmatched topic`, or `ok` to a leave (D-7, D-10).
    Unmatched(Message),
    /// Answer that the connection has too many channels (D-4).
    TooManyChannels(Message),
    /// Start the channel, after the one it replaces has ended, and call [`Connection::joined`] (D-2, D-4).
    Join {
        id: JoinId,
        message: Message,
        replaces: Option<H>,
    },
    /// Put the message in the channel's mailbox (D-8).
    Deliver(&'c H, Message),
    /// Tell the channel that its client leaves (D-5).
    Leave(&'c H, Message),
    /// Nothing: the message belongs to an earlier join of its topic (D-6, D-9).
    Drop,
}

impl<H: Clone> Connection<H> {
    pub(crate) fn new(channels_max: usize) -> Self {
        Self {
            channels: Entries::new(),
            leaving: Vec::new(),
            channels_max,
            last_join: 0,
        }
    }

    /// Decides what a message means.
    pub(crate) fn handle(&mut self, message: Message) -> Action<'_, H> {
        let (topic, event) = (message.topic.as_str(), message.event.as_str());
        if topic == Some(event::PHOENIX) && event == Some(event::HEARTBEAT) {
            return Action::Heartbeat(message);
        }
        let Some(topic) = topic else {
            return Action::Unmatched(message);
        };
        match event {
            Some(event::PHX_JOIN) => self.join(message),
            Some(event::PHX_LEAVE) => match self.channels.get(topic) {
                Some(entry) if entry.answers_to(&message) => Action::Leave(&entry.handle, message),
                Some(_) => Action::Drop,
                None => Action::Unmatched(message),
            },
            _ => match self.channels.get(topic) {
                Some(entry) if entry.answers_to(&message) => {
                    Action::Deliver(&entry.handle, message)
                }
                Some(_) => Action::Drop,
                None => Action::Unmatched(message),
            },
        }
    }

    /// A topic that is joined already needs no place of its own (D-14). Together with the channels on their way out
    /// there may be twice as many: a client could pile them up where `terminate` is slow.
    fn join(&mut self, message: Message) -> Action<'_, H> {
        let topic = message.topic.as_str().unwrap_or_default();
        let is_new = self.channels.get(topic).is_none();
        let tasks = self.channels.len() + self.leaving.len();
        let is_full = tasks >= self.channels_max.saturating_mul(2);
        if is_full || is_new && self.channels.len() >= self.channels_max {
            return Action::TooManyChannels(message);
        }
        let replaces = self.channels.remove(topic).map(|entry| {
            self.leaving.push((entry.id, entry.handle.clone()));
            entry.handle
        });
        self.last_join = self.last_join.wrapping_add(1);
        Action::Join {
            id: JoinId(self.last_join),
            message,
            replaces,
        }
    }

    /// Records the channel that a [`Action::Join`] led to.
    pub(crate) fn joined(&mut self, id: JoinId, topic: ByteString, join_ref: Ref, handle: H) {
        // Whatever had the topic was taken out when the join was decided.
        self.channels.insert(Entry {
            topic,
            id,
            join_ref,
            handle,
        });
    }

    /// What is kept of the channel that has the topic.
    pub(crate) fn find(&self, topic: &str) -> Option<&H> {
        self.channels.get(topic).map(|entry| &entry.handle)
    }

    /// The joined topics, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&ByteString, &H)> {
        let entries = self.channels.iter();
        entries.map(|entry| (&entry.topic, &entry.handle))
    }

    /// Frees the topic of a channel that takes no more messages, unless it has been joined anew.
    pub(crate) fn closed(&mut self, id: JoinId) {
        let closed = self.channels.remove_join(id);
        self.leaving.extend(closed.map(|entry| (id, entry.handle)));
    }

    /// Forgets a channel whose task has ended.
    pub(crate) fn ended(&mut self, id: JoinId) {
        self.leaving.retain(|(leaving, _)| *leaving != id);
        if self.leaving.is_empty() && self.leaving.capacity() > KEPT_CAPACITY {
            self.leaving = Vec::new();
        }
    }

    /// Everything that is still there when the connection closes.
    pub(crate) fn take_handles(&mut self) -> impl Iterator<Item = H> {
        let joined = self.channels.drain().map(|entry| entry.handle);
        joined.chain(self.leaving.drain(..).map(|(_, handle)| handle))
    }
}

/// A longer list gives its memory back once it is empty.
const KEPT_CAPACITY: usize = 8;

impl<H> Entry<H> {
    /// Equality is strict on the JSON type (D-11); a null `join_ref` always belongs to the current join.
    fn answers_to(&self, message: &Message) -> bool {
        message.join_ref.is_null() || message.join_ref == self.join_ref
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Frame, Serializer};

    fn message(text: &'static str) -> Message {
        Serializer::V2
            .decode(Frame::Text(text.into()))
            .expect("a V2 message")
    }

    fn join(
        connection: &mut Connection<&'static str>,
        text: &'static str,
        handle: &'static str,
    ) -> Option<&'static str> {
        let Action::Join {
            id,
            message,
            replaces,
        } = connection.handle(message(text))
        else {
            panic!("{text} is a join");
        };
        let topic = message.topic.as_str().expect("text").into();
        connection.joined(id, topic, message.join_ref, handle);
        replaces
    }

    #[test]
    fn a_heartbeat_is_answered_by_the_connection_itself() {
        let mut connection = Connection::<()>::new(1);
        let action = connection.handle(message(r#"[null,"1","phoenix","heartbeat",{}]"#));
        assert!(matches!(action, Action::Heartbeat(_))); // D-1
        let action = connection.handle(message(r#"[null,"1","phoenix","other",{}]"#));
        assert!(matches!(action, Action::Unmatched(_))); // D-12
    }

    #[test]
    fn messages_reach_the_join_they_belong_to() {
        let mut connection = Connection::new(10);
        assert_eq!(
            join(&mut connection, r#"[7,7,"room:a","phx_join",{}]"#, "first"),
            None
        );
        let delivered =
            |action: Action<'_, &'static str>| matches!(action, Action::Deliver(&"first", _));
        assert!(delivered(
            connection.handle(message(r#"[7,8,"room:a","echo",{}]"#))
        )); // D-8
        assert!(delivered(
            connection.handle(message(r#"[null,8,"room:a","echo",{}]"#))
        )); // D-8
        let stale = connection.handle(message(r#"["7",8,"room:a","echo",{}]"#));
        assert!(matches!(stale, Action::Drop)); // D-9, D-11
        let unknown = connection.handle(message(r#"[7,8,"room:b","echo",{}]"#));
        assert!(matches!(unknown, Action::Unmatched(_))); // D-10
    }

    #[test]
    fn a_stale_leave_is_ignored_and_a_current_one_delivered() {
        let mut connection = Connection::new(10);
        join(
            &mut connection,
            r#"["1","1","room:a","phx_join",{}]"#,
            "first",
        );
        let stale = connection.handle(message(r#"["0","2","room:a","phx_leave",{}]"#));
        assert!(matches!(stale, Action::Drop)); // D-6
        let current = connection.handle(message(r#"["1","2","room:a","phx_leave",{}]"#));
        assert!(matches!(current, Action::Leave(&"first", _))); // D-5
        let unknown = connection.handle(message(r#"["1","2","room:b","phx_leave",{}]"#));
        assert!(matches!(unknown, Action::Unmatched(_))); // D-7
    }

    #[test]
    fn joining_again_replaces_and_the_old_end_does_not_touch_the_new_join() {
        let mut connection = Connection::new(1);
        assert_eq!(
            join(
                &mut connection,
                r#"["1","1","room:a","phx_join",{}]"#,
                "first"
            ),
            None
        );
        // D-14: a duplicate join needs no free slot.
        assert_eq!(
            join(
                &mut connection,
                r#"["2","2","room:a","phx_join",{}]"#,
                "second"
            ),
            Some("first")
        );
        connection.closed(JoinId(1));
        connection.ended(JoinId(1));
        let action = connection.handle(message(r#"["2","3","room:a","echo",{}]"#));
        assert!(matches!(action, Action::Deliver(&"second", _)));
        connection.closed(JoinId(2));
        assert_eq!(connection.take_handles().collect::<Vec<_>>(), ["second"]);
        connection.ended(JoinId(2));
        assert_eq!(connection.take_handles().count(), 0);
    }

    #[test]
    fn as_many_channels_again_may_be_on_their_way_out() {
        let mut connection = Connection::new(1);
        let (a, b) = (
            r#"["1","1","room:a","phx_join",{}]"#,
            r#"["1","1","room:b","phx_join",{}]"#,
        );
        join(&mut connection, a, "first");
        connection.closed(JoinId(1));
        join(&mut connection, a, "second");
        // Neither another topic nor the same one has a place before the first channel has ended.
        for text in [a, b] {
            let action = connection.handle(message(text));
            assert!(matches!(action, Action::TooManyChannels(_)), "{text}");
        }
        let action = connection.handle(message(r#"["1","2","room:a","echo",{}]"#));
        assert!(matches!(action, Action::Deliver(&"second", _)));
        connection.ended(JoinId(1));
        assert_eq!(join(&mut connection, a, "third"), Some("second"));
        let handles: Vec<_> = connection.take_handles().collect();
        assert_eq!(handles, ["third", "second"]);
    }

    #[test]
    fn one_channel_more_than_allowed_is_refused() {
        let mut connection = Connection::new(1);
        join(
            &mut connection,
            r#"["1","1","room:a","phx_join",{}]"#,
            "first",
        );
        let action = connection.handle(message(r#"["2","2","room:b","phx_join",{}]"#));
        assert!(matches!(action, Action::TooManyChannels(_))); // D-4
        connection.closed(JoinId(1));
        join(
            &mut connection,
            r#"["2","2","room:b","phx_join",{}]"#,
            "second",
        );
    }

    #[test]
    fn a_topic_that_is_no_text_matches_nothing() {
        let mut connection = Connection::<()>::new(1);
        let action = connection.handle(message(r#"["1","1",5,"phx_join",{}]"#));
        assert!(matches!(action, Action::Unmatched(_))); // M-2
    }
}
