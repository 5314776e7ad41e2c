//! Frames recorded from a real Phoenix: what clients sent decodes, what the server sent comes out
//! of our encoders again.

use std::collections::HashMap;

use bennu_protocol::live::{AllowUpload, Cids, Event, Join, LivePatch, PatchRequest};
use bennu_protocol::longpoll::{self, MESSAGES_MAX, PollStatus};
use bennu_protocol::presence::{PresenceDiff, PresenceState};
use bennu_protocol::{
    Frame, Message, Name, Payload, Push, Ref, Reply, Serializer, Status, WireFrame, event, live,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

const RECORDINGS: [(&str, &str); 7] = [
    ("channels_v1", include_str!("golden/channels_v1.json")),
    ("channels_v2", include_str!("golden/channels_v2.json")),
    (
        "channels_binary_v2",
        include_str!("golden/channels_binary_v2.json"),
    ),
    ("channels_multi", include_str!("golden/channels_multi.json")),
    ("presence", include_str!("golden/presence.json")),
    ("liveview_raw", include_str!("golden/liveview_raw.json")),
    ("longpoll", include_str!("golden/longpoll.json")),
];

#[derive(Deserialize)]
struct Recording {
    scenarios: Vec<Scenario>,
}

#[derive(Deserialize)]
struct Scenario {
    name: String,
    frames: Vec<Recorded>,
}

/// One line of a recording; which fields are present depends on its kind.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Recorded {
    conn: String,
    dir: String,
    kind: String,
    path: String,
    text: String,
    hex: String,
    code: u16,
    method: String,
    headers: HashMap<String, Value>,
    body: Option<String>,
}

impl Recorded {
    fn frame(&self) -> Option<Frame> {
        match self.kind.as_str() {
            "text" => Some(Frame::Text(self.text.as_str().into())),
            "binary" => Some(Frame::Binary(bytes_of(&self.hex).into())),
            _ => None,
        }
    }

    fn is_refusal(&self) -> bool {
        self.kind == "close" && self.code == 1011
    }
}

#[test]
fn client_frames_decode_unless_phoenix_closed_over_them() {
    let (mut decoded, mut refused) = (0, 0);
    for_each_connection(|place, serializer, frames| {
        for (index, sent) in frames
            .iter()
            .enumerate()
            .filter(|(_, line)| line.dir == "send")
        {
            let Some(frame) = sent.frame() else { continue };
            let phoenix_refused = frames.get(index + 1).is_some_and(|next| next.is_refusal());
            let result = serializer.decode(frame);
            assert_eq!(result.is_err(), phoenix_refused, "{place}: {result:?}");
            decoded += usize::from(result.is_ok());
            refused += usize::from(result.is_err());
        }
    });
    assert!(decoded > 250, "{decoded} frames decoded");
    assert_eq!(refused, 8);
}

#[test]
fn server_frames_come_out_of_the_encoders_again() {
    let (mut texts, mut binaries) = (0, 0);
    for_each_connection(|place, serializer, frames| {
        for received in frames.iter().filter(|line| line.dir == "recv") {
            match received.frame() {
                Some(Frame::Text(text)) => {
                    let encoded = encode_again(serializer, &text);
                    assert_eq!(value(&encoded.text().unwrap()), value(&text), "{place}");
                    texts += 1;
                }
                Some(Frame::Binary(bytes)) => {
                    assert_eq!(encode_binary_again(&bytes).payload(), bytes, "{place}");
                    binaries += 1;
                }
                None => {}
            }
        }
    });
    assert!(texts > 300, "{texts} text frames encoded");
    assert_eq!(binaries, 4);
}

// L-5, L-6
#[test]
fn long_poll_bodies_decode_and_come_out_again() {
    let (mut posts, mut polls) = (0, 0);
    for scenario in recording("longpoll").scenarios {
        let mut serializer = Serializer::V2;
        for line in &scenario.frames {
            match (line.kind.as_str(), line.method.as_str()) {
                ("http_request", "GET") => serializer = serializer_of(&line.path, serializer),
                ("http_request", "POST") => posts += decode_post(serializer, line),
                ("http_response", _) => polls += encode_poll_again(serializer, line),
                _ => {}
            }
        }
    }
    assert!(posts > 10 && polls > 10, "{posts} posts and {polls} polls");
}

// PR-1, PR-3
#[test]
fn presence_payloads_are_what_our_types_write() {
    let mut count = 0;
    for_each_connection(|place, _, frames| {
        for line in frames
            .iter()
            .filter(|line| line.dir == "recv" && line.kind == "text")
        {
            let Ok(message) = Serializer::V2.decode(Frame::Text(line.text.as_str().into())) else {
                continue;
            };
            let again = match message.event.to_text() {
                event::PRESENCE_STATE => again::<PresenceState>(&message.payload),
                event::PRESENCE_DIFF => again::<PresenceDiff>(&message.payload),
                _ => continue,
            };
            assert_eq!(again, value(message.payload.as_json().unwrap()), "{place}");
            count += 1;
        }
    });
    assert!(count > 10, "{count} presence messages");
}

// liveview 4.1, 7.2-7.5
#[test]
fn live_view_messages_fit_their_types() {
    let mut count = 0;
    for scenario in recording("liveview_raw").scenarios {
        for line in scenario.frames.iter().filter(|line| line.kind == "text") {
            let message = Serializer::V2
                .decode(Frame::Text(line.text.as_str().into()))
                .unwrap();
            if message.topic.to_text().starts_with(live::TOPIC_PREFIX) {
                check_live_message(&line.dir, &message);
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count} live view messages");
}

// P-1, liveview 7.3: the recorded page shows each event's parameters as Phoenix decoded them.
#[test]
fn the_recorded_form_decodes_as_phoenix_decoded_it() {
    let scenarios = recording("liveview_raw").scenarios;
    let form = scenarios
        .iter()
        .find(|scenario| scenario.name == "form")
        .unwrap();
    let mut count = 0;
    for lines in form.frames.windows(2) {
        let [sent, answer] = lines else {
            unreachable!("windows are of two")
        };
        let Some(frame) = sent.frame() else { continue };
        let message = Serializer::V2.decode(frame).unwrap();
        let shown = shown_params(&answer.text);
        let (Ok(event), Some(shown)) = (message.payload.deserialize::<Event<'_>>(), shown) else {
            continue;
        };
        let params = serde_json::to_value(event.params().unwrap()).unwrap();
        assert_eq!(params, shown, "{}", sent.text);
        count += 1;
    }
    assert_eq!(count, 5);
}

/// The JSON that the form's page shows: in dynamic 1 after a change, in 2 after a submit.
fn shown_params(reply: &str) -> Option<Value> {
    let reply: Value = serde_json::from_str(reply).ok()?;
    let diff = &reply[4]["response"]["diff"];
    let html = diff["1"].as_str().or(diff["2"]["0"].as_str())?;
    Some(value(&html.replace("&quot;", "\"").replace("&amp;", "&")))
}

fn check_live_message(direction: &str, message: &Message) {
    let payload = &message.payload;
    match (direction, message.event.to_text()) {
        ("send", event::PHX_JOIN) => drop(payload.deserialize::<Join>().unwrap()),
        ("send", live::EVENT) => {
            let event = payload.deserialize::<Event<'_>>().unwrap();
            event.params().unwrap();
            event.uploads().unwrap();
        }
        ("send", live::LIVE_PATCH) => drop(payload.deserialize::<PatchRequest>().unwrap()),
        ("send", live::CIDS_WILL_DESTROY | live::CIDS_DESTROYED) => {
            drop(payload.deserialize::<Cids>().unwrap());
        }
        ("send", live::ALLOW_UPLOAD) => drop(payload.deserialize::<AllowUpload>().unwrap()),
        ("recv", live::LIVE_PATCH) => {
            assert_eq!(
                again::<LivePatch>(payload),
                value(payload.as_json().unwrap())
            );
        }
        _ => {}
    }
}

/// Calls `check` with the lines of each connection, in order, and its serializer.
fn for_each_connection(mut check: impl FnMut(&str, Serializer, &[&Recorded])) {
    for (name, _) in RECORDINGS {
        for scenario in recording(name).scenarios {
            let mut connections: Vec<(&str, Vec<&Recorded>)> = Vec::new();
            for line in &scenario.frames {
                match connections.iter_mut().find(|(conn, _)| *conn == line.conn) {
                    Some((_, lines)) => lines.push(line),
                    None => connections.push((&line.conn, vec![line])),
                }
            }
            for (conn, lines) in connections {
                let upgrade = lines.iter().find(|line| line.kind == "ws_upgrade");
                let path = upgrade.map_or("", |line| line.path.as_str());
                let place = format!("{name}/{}/{conn}", scenario.name);
                check(&place, serializer_of(path, Serializer::V2), &lines);
            }
        }
    }
}

fn recording(name: &str) -> Recording {
    let (_, text) = RECORDINGS
        .iter()
        .find(|(recorded, _)| *recorded == name)
        .unwrap();
    serde_json::from_str(text).unwrap()
}

fn serializer_of(path: &str, default: Serializer) -> Serializer {
    match path.split_once("vsn=") {
        Some((_, vsn)) => {
            Serializer::negotiate(Some(vsn.split('&').next().unwrap())).unwrap_or(default)
        }
        None => default,
    }
}

/// The parts of a text frame from the server, read without our decoders.
struct Parts {
    join_ref: Ref,
    reference: Ref,
    topic: Name,
    event: Name,
    payload: Payload,
}

impl Parts {
    fn read(serializer: Serializer, text: &str) -> Self {
        let [join_ref, reference, topic, event, payload] = match serializer {
            Serializer::V1 => v1_parts(text),
            Serializer::V2 => serde_json::from_str(text).unwrap(),
        };
        Self {
            join_ref: Ref::from_json(join_ref.get()).unwrap(),
            reference: Ref::from_json(reference.get()).unwrap(),
            topic: Name::from_json(topic.get()).unwrap(),
            event: Name::from_json(event.get()).unwrap(),
            payload: Payload::from_json_text(payload.get()).unwrap(),
        }
    }
}

fn v1_parts(text: &str) -> [Box<RawValue>; 5] {
    let mut object: HashMap<String, Box<RawValue>> = serde_json::from_str(text).unwrap();
    assert_eq!(object.len(), 4, "{text}");
    object.insert("join_ref".into(), RawValue::NULL.to_owned());
    ["join_ref", "ref", "topic", "event", "payload"].map(|key| object.remove(key).unwrap())
}

fn encode_again(serializer: Serializer, text: &str) -> WireFrame {
    #[derive(Deserialize)]
    struct Answer<'a> {
        status: &'a str,
        #[serde(borrow)]
        response: &'a RawValue,
    }

    let Parts {
        join_ref,
        reference,
        topic,
        event,
        payload,
    } = Parts::read(serializer, text);
    if event == event::PHX_REPLY {
        let answer: Answer<'_> = payload.deserialize().unwrap();
        let status = Status::new(answer.status);
        let response = Payload::from_json_text(answer.response.get()).unwrap();
        let reply = Reply {
            join_ref,
            reference,
            topic,
            status,
            response,
        };
        serializer.encode_reply(&reply).unwrap()
    } else if join_ref.is_null() && reference.is_null() {
        serializer
            .encode_broadcast(topic.to_text(), event.to_text(), &payload)
            .unwrap()
    } else {
        serializer
            .encode_push(&Push {
                join_ref,
                reference,
                topic,
                event,
                payload,
            })
            .unwrap()
    }
}

/// Reads a binary frame from the server field by field and encodes it again.
fn encode_binary_again(frame: &[u8]) -> WireFrame {
    let sizes_count = match frame[0] {
        0 => 3,
        1 => 4,
        2 => 2,
        kind => panic!("Phoenix sends no kind {kind}"),
    };
    let mut rest = &frame[1 + sizes_count..];
    let texts: Vec<&str> = frame[1..=sizes_count]
        .iter()
        .map(|size| str::from_utf8(rest.split_off(..usize::from(*size)).unwrap()).unwrap())
        .collect();
    let payload = Payload::binary(rest.to_vec());
    match texts[..] {
        [join_ref, topic, event] => Serializer::V2.encode_push(&Push {
            join_ref: Ref::from_text(join_ref),
            reference: Ref::NULL,
            topic: topic.into(),
            event: event.into(),
            payload,
        }),
        [join_ref, reference, topic, status] => Serializer::V2.encode_reply(&Reply {
            join_ref: Ref::from_text(join_ref),
            reference: Ref::from_text(reference),
            topic: topic.into(),
            status: Status::new(status),
            response: payload,
        }),
        [topic, event] => Serializer::V2.encode_broadcast(topic, event, &payload),
        _ => unreachable!("there are two to four sizes"),
    }
    .unwrap()
}

/// Decodes a posted body and its frames; 1 if Phoenix did too.
fn decode_post(serializer: Serializer, post: &Recorded) -> usize {
    let content_type = post.headers.get("content-type").and_then(Value::as_str);
    let body = post.body.clone().unwrap();
    match longpoll::decode_batch(content_type, body.clone().into(), MESSAGES_MAX) {
        Ok(frames) => {
            for frame in frames {
                serializer.decode(frame).unwrap();
            }
            1
        }
        // Phoenix answered HTTP 500: an object is not base64.
        Err(error) => {
            assert_eq!(error, longpoll::BatchError::InvalidBase64);
            assert!(body.starts_with('{'), "{body}");
            0
        }
    }
}

/// Writes a long-poll answer again from its parts; 1 if it was one.
fn encode_poll_again(serializer: Serializer, response: &Recorded) -> usize {
    let body = response.body.as_deref().unwrap_or_default();
    let Ok(answer) = serde_json::from_str::<Value>(body) else {
        return 0;
    };
    let status = poll_status(&answer["status"]);
    let encoded = match answer["token"].as_str() {
        Some(token) => {
            let messages = answer["messages"].as_array().unwrap();
            let frames: Vec<_> = messages
                .iter()
                .map(|message| encode_again(serializer, message.as_str().unwrap()))
                .collect();
            longpoll::encode_poll(status, token, &frames).unwrap()
        }
        None => longpoll::encode_status(status),
    };
    let encoded = str::from_utf8(&encoded).unwrap();
    assert_eq!(unfolded(value(encoded)), unfolded(answer));
    1
}

fn poll_status(status: &Value) -> PollStatus {
    match status.as_u64() {
        Some(200) => PollStatus::Ok,
        Some(204) => PollStatus::NoContent,
        Some(403) => PollStatus::Forbidden,
        Some(410) => PollStatus::Gone,
        other => panic!("unexpected status {other:?}"),
    }
}

/// Replaces the texts of messages by what they say, because key order may differ.
fn unfolded(mut answer: Value) -> Value {
    for message in answer["messages"].as_array_mut().into_iter().flatten() {
        *message = value(message.as_str().unwrap());
    }
    answer
}

fn again<T: DeserializeOwned + Serialize>(payload: &Payload) -> Value {
    serde_json::to_value(payload.deserialize::<T>().unwrap()).unwrap()
}

fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().as_chunks::<2>().0;
    let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.iter().map(byte).collect()
}
