//! What a client offers in `Sec-WebSocket-Protocol`: subprotocols, and its `authToken` in disguise (channels-wire 2.7
//! and 2.8).

use std::fmt;

use http::HeaderMap;
use http::header::{HeaderValue, SEC_WEBSOCKET_PROTOCOL};

use crate::token::base64url;

/// What the client's `authToken` follows.
const BEARER: &str = "base64url.bearer.phx.";

/// Why a client's offer is answered with 403.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The client's token is not base64 of UTF-8 text.
    Undecodable,
    /// The client offers none of the subprotocols that the socket speaks.
    NoneSpoken { offered: String },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undecodable => f.write_str("the client's auth token is not base64 of text"),
            Self::NoneSpoken { offered } => {
                write!(f, "the socket speaks none of the subprotocols {offered:?}")
            }
        }
    }
}

/// A name that the application gave a subprotocol.
///
/// # Panics
/// When it is no token in the sense of RFC 9110, section 5.6.2.
pub(super) fn name(name: impl AsRef<str>) -> HeaderValue {
    let name = name.as_ref();
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    assert!(
        !name.is_empty() && name.bytes().all(is_token),
        "subprotocol {name:?}: not a token"
    );
    HeaderValue::from_str(name).expect("a token has no control characters")
}

/// Takes the token out of the offer, if there is exactly one.
pub(super) fn take_auth_token(headers: &mut HeaderMap) -> Result<Option<String>, Refused> {
    let Some(offer) = offer(headers) else {
        return Ok(None);
    };
    let bearers = || items(offer).filter_map(|item| item.strip_prefix(BEARER));
    let (Some(encoded), None) = (bearers().next(), bearers().nth(1)) else {
        return Ok(None);
    };
    let token = decode(encoded).ok_or(Refused::Undecodable)?;
    let rest: Vec<_> = items(offer)
        .filter(|item| !item.starts_with(BEARER))
        .collect();
    let rest = rest.join(", ");
    if rest.is_empty() {
        headers.remove(SEC_WEBSOCKET_PROTOCOL);
    } else {
        let rest = HeaderValue::from_str(&rest).expect("parts of a header's text are a header");
        headers.insert(SEC_WEBSOCKET_PROTOCOL, rest);
    }
    Ok(Some(token))
}

/// The first subprotocol of the server's list that the client offers; none where neither side asks for one (SP-1,
/// SP-2).
pub(super) fn choose(
    headers: &HeaderMap,
    spoken: &[HeaderValue],
) -> Result<Option<HeaderValue>, Refused> {
    let Some(offer) = headers.get(SEC_WEBSOCKET_PROTOCOL) else {
        return Ok(None);
    };
    if spoken.is_empty() {
        return Ok(None);
    }
    let offered = offer.to_str().unwrap_or_default();
    let chosen = spoken
        .iter()
        .find(|name| items(offered).any(|item| **name == item));
    chosen
        .cloned()
        .map(Some)
        .ok_or_else(|| Refused::NoneSpoken {
            offered: offered.to_owned(),
        })
}

fn offer(headers: &HeaderMap) -> Option<&str> {
    headers.get(SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()
}

fn items(offer: &str) -> impl Iterator<Item = &str> {
    offer
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// Despite its prefix the npm client writes the standard alphabet, without padding; both alphabets are read.
fn decode(encoded: &str) -> Option<String> {
    let url_safe = encoded.replace('+', "-").replace('/', "_");
    String::from_utf8(base64url::decode(url_safe)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offering(offer: &str) -> HeaderMap {
        let offer = HeaderValue::from_str(offer).expect("a header");
        HeaderMap::from_iter([(SEC_WEBSOCKET_PROTOCOL, offer)])
    }

    fn spoken(names: &[&str]) -> Vec<HeaderValue> {
        names.iter().map(name).collect()
    }

    //
    #[test]
    fn a_token_is_read_in_both_alphabets_with_and_without_padding() {
        for encoded in ["Pz8/Pn4", "Pz8_Pn4", "Pz8_Pn4="] {
            let mut headers = offering(&format!("phoenix, {BEARER}{encoded}"));
            let token = take_auth_token(&mut headers);
            assert_eq!(token, Ok(Some("???>~".to_owned())), "{encoded}");
        }
    }

    //
    #[test]
    fn a_token_that_is_not_base64_of_text_is_refused() {
        for encoded in ["%%%", "a", "_w"] {
            let mut headers = offering(&format!("phoenix, {BEARER}{encoded}"));
            assert_eq!(take_auth_token(&mut headers), Err(Refused::Undecodable));
        }
    }

    //
    #[test]
    fn no_token_or_several_leave_the_offer_as_it_is() {
        for offer in ["phoenix", &format!("phoenix, {BEARER}YQ, {BEARER}Yg")] {
            let mut headers = offering(offer);
            assert_eq!(take_auth_token(&mut headers), Ok(None));
            assert_eq!(headers, offering(offer));
        }
        assert_eq!(take_auth_token(&mut HeaderMap::new()), Ok(None));
    }

    //
    #[test]
    fn a_token_is_gone_from_the_offer_once_it_is_taken() {
        let mut headers = offering(&format!("mqtt,{BEARER}YQ ,phoenix"));
        assert_eq!(take_auth_token(&mut headers), Ok(Some("a".to_owned())));
        assert_eq!(headers, offering("mqtt, phoenix"));
        let mut alone = offering(&format!("{BEARER}YQ"));
        assert_eq!(take_auth_token(&mut alone), Ok(Some("a".to_owned())));
        assert!(alone.is_empty());
    }

    // SP-1
    #[test]
    fn without_a_list_or_an_offer_nothing_is_chosen() {
        assert_eq!(choose(&offering("mqtt"), &[]), Ok(None));
        assert_eq!(choose(&HeaderMap::new(), &spoken(&["mqtt"])), Ok(None));
    }

    // SP-2
    #[test]
    fn the_servers_order_decides() {
        let chosen = choose(&offering("mqtt, sip"), &spoken(&["sip", "mqtt"]));
        assert_eq!(chosen, Ok(Some(HeaderValue::from_static("sip"))));
        let refused = choose(&offering("xmpp"), &spoken(&["sip", "mqtt"]));
        let offered = "xmpp".to_owned();
        assert_eq!(refused, Err(Refused::NoneSpoken { offered }));
    }

    #[test]
    #[should_panic(expected = "not a token")]
    fn a_name_with_a_comma_is_a_mistake() {
        let _ = name("mqtt, sip");
    }
}
