//! Properties of the codecs over generated values.

use bennu_protocol::form::{Param, Params};
use bennu_protocol::longpoll::{self, MESSAGES_MAX, NDJSON, PollStatus};
use bennu_protocol::{Frame, Message, Payload, Push, Ref, Reply, Serializer, Status};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

proptest! {
    // F-1, F-2, M-2
    #[test]
    fn v2_decodes_what_serde_json_writes(parts in vec(any_json(), 5..8), pretty: bool) {
        let text = match pretty {
            true => serde_json::to_string_pretty(&parts),
            false => serde_json::to_string(&parts),
        };
        let message = Serializer::V2.decode(Frame::Text(text.unwrap().into())).unwrap();
        prop_assert_eq!(value(message.join_ref.as_json()), parts[0].clone());
        prop_assert_eq!(value(message.reference.as_json()), parts[1].clone());
        prop_assert_eq!(message.topic.as_str(), parts[2].as_str());
        prop_assert_eq!(message.event.as_str(), parts[3].as_str());
        prop_assert_eq!(value(message.payload.as_json().unwrap()), parts[4].clone());
    }

    // V1-1
    #[test]
    fn v1_decodes_what_serde_json_writes(topic: String, reference in any_json(), payload in any_json()) {
        let text = json!({ "topic": topic, "event": "e", "ref": reference, "payload": payload });
        let message = Serializer::V1.decode(Frame::Text(text.to_string().into())).unwrap();
        prop_assert_eq!(message.topic, topic.as_str());
        prop_assert_eq!(value(message.reference.as_json()), reference);
        prop_assert_eq!(value(message.payload.as_json().unwrap()), payload);
    }

    #[test]
    fn text_pushes_decode_to_what_was_pushed(push in any_push()) {
        let frame = Serializer::V2.encode_push(&push).unwrap();
        let message = Serializer::V2.decode(Frame::Text(frame.text().unwrap())).unwrap();
        let Push { join_ref, reference, topic, event, payload } = push;
        prop_assert_eq!(message, Message { join_ref, reference, topic, event, payload });
    }

    // F-2, F-3
    #[test]
    fn replies_say_what_was_replied(push in any_push(), status: String, response in any_json()) {
        let Push { join_ref, reference, topic, .. } = push;
        let reply = Reply {
            join_ref,
            reference,
            topic,
            status: Status::new(&status),
            response: Payload::json(&response).unwrap(),
        };
        let payload = json!({ "status": status, "response": response });
        let (reference, topic) = (value(reply.reference.as_json()), reply.topic.to_text());
        let v2 = Serializer::V2.encode_reply(&reply).unwrap().text().unwrap();
        let join_ref = value(reply.join_ref.as_json());
        prop_assert_eq!(value(&v2), json!([join_ref, reference, topic, "phx_reply", payload]));
        let v1 = Serializer::V1.encode_reply(&reply).unwrap().text().unwrap();
        let expected = json!({
            "event": "phx_reply", "payload": payload, "ref": reference, "topic": topic,
        });
        prop_assert_eq!(value(&v1), expected);
    }

    // 3.2
    #[test]
    fn binary_messages_decode_field_by_field(
        fields in proptest::array::uniform4("\\PC{0,60}"),
        data: Vec<u8>,
    ) {
        let mut frame = vec![0];
        frame.extend(fields.each_ref().map(|field| u8::try_from(field.len()).unwrap()));
        frame.extend(fields.concat().into_bytes());
        frame.extend(&data);
        let message = Serializer::V2.decode(Frame::Binary(frame.into())).unwrap();
        let [join_ref, reference, topic, event] = fields;
        prop_assert_eq!(message.join_ref, Ref::from_text(&join_ref));
        prop_assert_eq!(message.reference, Ref::from_text(&reference));
        prop_assert_eq!(message.topic, topic.as_str());
        prop_assert_eq!(message.event, event.as_str());
        prop_assert_eq!(message.payload, Payload::binary(data));
    }

    // P-1
    #[test]
    fn forms_decode_to_what_was_encoded(params in any_params()) {
        let mut pairs = Vec::new();
        for (name, param) in params.iter() {
            encode(&escaped(name), param, &mut pairs);
        }
        prop_assert_eq!(Params::decode(&pairs.join("&")), Ok(params));
    }

    // L-5
    #[test]
    fn polls_carry_the_texts_of_frames(pushes in vec(any_push(), 0..4), token: String) {
        let encode = |push| Serializer::V2.encode_push(push).unwrap();
        let frames: Vec<_> = pushes.iter().map(encode).collect();
        let body = longpoll::encode_poll(PollStatus::Ok, &token, &frames).unwrap();
        let texts: Vec<_> = frames.iter().map(|frame| frame.text().unwrap().to_string()).collect();
        let expected = json!({ "status": 200, "token": token, "messages": texts });
        prop_assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), expected);
    }

    // L-6
    #[test]
    fn batches_decode_to_what_was_posted(pushes in vec(any_push(), 0..4), crlf: bool) {
        let encode = |push| Serializer::V2.encode_push(push).unwrap().text().unwrap();
        let texts: Vec<_> = pushes.iter().map(encode).collect();
        let lines: Vec<&str> = texts.iter().map(|text| &**text).collect();
        let body = lines.join(if crlf { "\r\n" } else { "\n" });
        let frames = longpoll::decode_batch(Some(NDJSON), body.into(), MESSAGES_MAX).unwrap();
        prop_assert_eq!(frames, texts.into_iter().map(Frame::Text).collect::<Vec<_>>());
    }
}

fn any_push() -> impl Strategy<Value = Push> {
    let parts = (
        any_json(),
        any_json(),
        any::<String>(),
        any::<String>(),
        any_object(),
    );
    parts.prop_map(|(join_ref, reference, topic, event, payload)| Push {
        join_ref: Ref::from_json(&join_ref.to_string()).unwrap(),
        reference: Ref::from_json(&reference.to_string()).unwrap(),
        topic: topic.into(),
        event: event.into(),
        payload: Payload::json(&payload).unwrap(),
    })
}

/// JSON small enough to be a reference.
fn any_json() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(|number: f64| Value::from(number.trunc() / 4.0)),
        ".{0,12}".prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(".{0,6}", inner, 0..3).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

fn any_object() -> impl Strategy<Value = Value> {
    btree_map(".{0,12}", any_json(), 0..4).prop_map(|map| map.into_iter().collect())
}

/// What a form can express: names without brackets, no empty lists or maps, no lists of several
/// maps.
fn any_params() -> impl Strategy<Value = Params> {
    let text = any::<String>().prop_map(Param::Text);
    let param = prop_oneof![text.clone(), vec(text, 1..4).prop_map(Param::List)];
    let param = param.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            vec((name(), inner.clone()), 1..4).prop_map(|pairs| Param::Map(params(pairs))),
            inner.prop_map(|param| Param::List(vec![param])),
        ]
    });
    vec((name(), param), 0..4).prop_map(params)
}

fn name() -> impl Strategy<Value = String> {
    "[^\\[\\]]{1,8}"
}

fn params(pairs: Vec<(String, Param)>) -> Params {
    let mut params = Params::default();
    for (name, param) in pairs {
        params.insert(name, param);
    }
    params
}

fn encode(name: &str, param: &Param, pairs: &mut Vec<String>) {
    match param {
        Param::Text(text) => pairs.push(format!("{name}={}", escaped(text))),
        Param::List(params) => {
            params
                .iter()
                .for_each(|param| encode(&format!("{name}[]"), param, pairs));
        }
        Param::Map(params) => params.iter().for_each(|(inner, param)| {
            encode(&format!("{name}[{}]", escaped(inner)), param, pairs);
        }),
        other => unreachable!("forms do not hold {other:?}"),
    }
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}
