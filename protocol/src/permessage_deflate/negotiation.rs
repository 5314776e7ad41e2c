//! The offers of clients.

use super::{Agreement, WINDOW_BITS_MAX};

/// Accepts an offer, if it is one of this extension and every parameter of it is as it should be.
pub(super) fn accept(offer: &str) -> Option<Agreement> {
    let mut parts = offer.split(';').map(str::trim);
    if parts.next() != Some("permessage-deflate") {
        return None;
    }
    let mut agreement = Agreement {
        server_max_window_bits: None,
    };
    let mut seen = Vec::new();
    for parameter in parts {
        let (name, value) = name_and_value(parameter);
        match (name, value) {
            (
                "server_no_context_takeover"
                | "client_no_context_takeover"
                | "client_max_window_bits",
                None,
            ) => {}
            ("client_max_window_bits", Some(bits)) => {
                window_bits(bits)?;
            }
            ("server_max_window_bits", Some(bits)) => {
                agreement.server_max_window_bits = Some(window_bits(bits)?);
            }
            _ => return None,
        }
        if seen.contains(&name) {
            return None;
        }
        seen.push(name);
    }
    Some(agreement)
}

/// Values may be quoted (RFC 6455, section 9.1).
fn name_and_value(parameter: &str) -> (&str, Option<&str>) {
    let Some((name, value)) = parameter.split_once('=') else {
        return (parameter, None);
    };
    let value = value.trim_start();
    let quoted = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'));
    (name.trim_end(), Some(quoted.unwrap_or(value)))
}

/// A decimal number from 8 to 15 without leading zeros (RFC 7692, section 7.1.2).
fn window_bits(text: &str) -> Option<u8> {
    let bits = text.parse().ok()?;
    let is_plain = text.starts_with(|digit| ('1'..='9').contains(&digit));
    (is_plain && (8..=WINDOW_BITS_MAX).contains(&bits)).then_some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(offered: &[&str]) -> Option<String> {
        Agreement::negotiate(offered.iter().copied()).map(Agreement::response)
    }

    const PLAIN: &str =
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    // RFC 7692 sections 7.1.1 and 7.1.2
    #[test]
    fn acceptable_offers_are_answered_without_context_takeover() {
        for offer in [
            "permessage-deflate",
            " permessage-deflate ;client_max_window_bits",
            "permessage-deflate; client_max_window_bits=10",
            "permessage-deflate; client_max_window_bits = \"10\"",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
            "x-webkit-deflate-frame, permessage-deflate",
        ] {
            assert_eq!(response(&[offer]).as_deref(), Some(PLAIN), "{offer}");
        }
    }

    // RFC 7692 section 7.1.2.1
    #[test]
    fn a_window_that_the_client_asks_for_is_confirmed() {
        for bits in 8..=15 {
            let offer = format!("permessage-deflate; server_max_window_bits={bits}");
            let expected = format!("{PLAIN}; server_max_window_bits={bits}");
            assert_eq!(response(&[&offer]), Some(expected));
        }
    }

    // RFC 7692 section 7
    #[test]
    fn offers_that_break_the_rules_are_declined() {
        for offer in [
            "",
            ";",
            "permessage-bzip2",
            "Permessage-Deflate",
            "permessage-deflate;",
            "permessage-deflate; level=9",
            "permessage-deflate; max_inflate_ratio=1000",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; client_no_context_takeover=",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=",
            "permessage-deflate; server_max_window_bits=7",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=+9",
            "permessage-deflate; server_max_window_bits=09",
            "permessage-deflate; server_max_window_bits=9.0",
            "permessage-deflate; server_max_window_bits=\"9",
            "permessage-deflate; client_max_window_bits=300",
        ] {
            assert_eq!(response(&[offer]), None, "{offer}");
        }
    }

    // RFC 7692 section 5.1: a client lists its offers by preference.
    #[test]
    fn the_first_acceptable_offer_of_all_headers_counts() {
        let offered = [
            "permessage-foo, permessage-deflate; server_max_window_bits=99",
            "permessage-deflate; server_max_window_bits=10, permessage-deflate",
        ];
        let expected = format!("{PLAIN}; server_max_window_bits=10");
        assert_eq!(response(&offered), Some(expected));
    }
}
