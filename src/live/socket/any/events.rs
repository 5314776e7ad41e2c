//! What goes to the client beside what is rendered: the page's title, and events.

use super::AnySocket;
use crate::channel::{IntoPayload, PushError};
use crate::protocol::EncodeError;

impl AnySocket {
    /// Sets the page's title, `page_title` in Phoenix.
    pub fn put_page_title(&mut self, title: impl Into<String>) {
        self.page_title = Some(title.into());
        self.title_changed = true;
    }

    /// The title that was set last.
    #[must_use]
    pub fn page_title(&self) -> Option<&str> {
        self.page_title.as_deref()
    }

    /// Sends the page's hooks and window listeners an event, after what this callback renders.
    ///
    /// # Errors
    /// When the payload is binary or cannot be written as JSON.
    pub fn push_event(&mut self, name: &str, payload: impl IntoPayload) -> Result<(), PushError> {
        self.write_event(name, payload, "]")
    }

    /// As [`push_event`](Self::push_event), before the page shows what this callback renders: the option
    /// `dispatch: :before` in Phoenix. Clients before 1.1.18 take it afterwards.
    ///
    /// # Errors
    /// As `push_event`.
    pub fn push_event_before(
        &mut self,
        name: &str,
        payload: impl IntoPayload,
    ) -> Result<(), PushError> {
        self.write_event(name, payload, ",true]")
    }

    fn write_event(
        &mut self,
        name: &str,
        payload: impl IntoPayload,
        end: &str,
    ) -> Result<(), PushError> {
        let payload = payload.into_payload()?;
        let json = payload.as_json().ok_or(EncodeError::BinaryUnsupported)?;
        let mut event = b"[".to_vec();
        serde_json::to_writer(&mut event, name).expect("text is JSON, and memory can be written");
        event.push(b',');
        event.extend_from_slice(json.as_bytes());
        event.extend_from_slice(end.as_bytes());
        self.append_events(&event);
        Ok(())
    }

    pub(super) fn append_events(&mut self, events: &[u8]) {
        if !self.events.is_empty() && !events.is_empty() {
            self.events.push(b',');
        }
        self.events.extend_from_slice(events);
    }

    /// The events that wait for the client, as a JSON array; none when there are none.
    pub(in crate::live) fn take_events(&mut self) -> Option<String> {
        if self.events.is_empty() {
            return None;
        }
        let events = String::from_utf8(std::mem::take(&mut self.events));
        let events = events.expect("events are written as JSON");
        Some(format!("[{events}]"))
    }

    /// Moves the events and the title that wait for the client to the end of a diff's members.
    pub(in crate::live) fn take_members(&mut self, out: &mut Vec<u8>, first: bool) -> bool {
        let mut comma = !first;
        if !self.events.is_empty() {
            separate(out, &mut comma);
            out.extend_from_slice(br#""e":["#);
            out.append(&mut self.events);
            out.push(b']');
        }
        if std::mem::take(&mut self.title_changed) {
            separate(out, &mut comma);
            out.extend_from_slice(br#""t":"#);
            serde_json::to_writer(out, &self.page_title)
                .expect("text is JSON, and memory can be written");
        }
        comma
    }
}

fn separate(out: &mut Vec<u8>, comma: &mut bool) {
    if std::mem::replace(comma, true) {
        out.push(b',');
    }
}
