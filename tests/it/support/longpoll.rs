//! A long-poll client that sends what it is told and polls when it is asked for what has come.

use std::collections::VecDeque;
use std::net::SocketAddr;

use serde_json::Value;

use super::{HttpResponse, Received, Request, Vsn, patiently};

pub(super) struct LongPoll {
    addr: SocketAddr,
    path: String,
    /// V1 messages are posted one by one: in a batch, they would be taken for base64 (L-8).
    content_type: &'static str,
    received: VecDeque<String>,
}

impl LongPoll {
    /// Opens a session, unless the server answers otherwise.
    pub(super) async fn open(addr: SocketAddr, path: &str, vsn: Vsn) -> Result<Self, HttpResponse> {
        let response = patiently("a session", Request::get(path).send(addr)).await;
        let opened: Value = serde_json::from_str(response.text()).expect("the body is JSON");
        let Some(token) = opened["token"].as_str() else {
            return Err(response);
        };
        Ok(Self {
            addr,
            path: format!("{path}&token={token}"),
            content_type: match vsn {
                Vsn::V1 => "application/json",
                Vsn::V2 => "application/x-ndjson",
            },
            received: VecDeque::new(),
        })
    }

    /// Posts a message; it has been handled when the server answers.
    pub(super) async fn send(&self, text: &str) {
        let request = Request::new("POST", &self.path).body(self.content_type, text);
        assert_eq!(self.call(request).await["status"], 200, "{text}");
    }

    pub(super) async fn receive(&mut self) -> Received {
        loop {
            if let Some(text) = self.received.pop_front() {
                return Received::Text(text);
            }
            let polled = self.call(Request::get(&self.path)).await;
            match polled["status"].as_u64() {
                Some(200) => self.received.extend(texts(&polled["messages"])),
                Some(204) => {}
                _ => return Received::End,
            }
        }
    }

    async fn call(&self, request: Request) -> Value {
        let response = patiently("an answer", request.send(self.addr)).await;
        serde_json::from_str(response.text()).expect("the body is JSON")
    }
}

fn texts(messages: &Value) -> impl Iterator<Item = String> {
    let messages = messages.as_array().expect("a list");
    let texts = messages.iter().map(|message| message.as_str());
    texts.map(|text| text.expect("messages are text (L-5)").to_owned())
}
