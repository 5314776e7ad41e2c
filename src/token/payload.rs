//! What a token carries besides its data: when it was made and how long it may live.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{MaxAge, Term, TokenError};

/// A day, for tokens that do not say.
const MAX_AGE_SECONDS: i64 = 86_400;

/// `{data, signed_at_ms, max_age_s}`.
pub(super) fn encode(data: Term, signed_at: SystemTime, max_age: MaxAge) -> Vec<u8> {
    let max_age = match max_age {
        MaxAge::Seconds(seconds) => Term::Integer(seconds),
        MaxAge::Infinity => Term::atom("infinity"),
        MaxAge::FromToken => Term::Integer(MAX_AGE_SECONDS),
    };
    Term::Tuple(vec![data, Term::Integer(unix_ms(signed_at)), max_age]).encode()
}

/// The data, unless its token is too old.
pub(super) fn decode(
    payload: Vec<u8>,
    max_age: MaxAge,
    now: SystemTime,
) -> Result<Term, TokenError> {
    let payload = Term::decode(payload).map_err(|_| TokenError::Invalid)?;
    let (data, signed_at, token_max_age) = parts(payload).ok_or(TokenError::Invalid)?;
    let max_age = match max_age {
        MaxAge::Seconds(seconds) => Term::Integer(seconds),
        MaxAge::Infinity => Term::atom("infinity"),
        MaxAge::FromToken => token_max_age,
    };
    check_age(&signed_at, &max_age, unix_ms(now))?;
    Ok(data)
}

/// Besides today's form there are that of Plug.Crypto 1.1, without an age, and that of the first Phoenix, a map.
fn parts(payload: Term) -> Option<(Term, Term, Term)> {
    match payload {
        Term::Tuple(elements) => match <[Term; 3]>::try_from(elements) {
            Ok([data, signed_at, max_age]) => Some((data, signed_at, max_age)),
            Err(elements) => {
                let [data, signed_at] = elements.try_into().ok()?;
                Some((data, signed_at, Term::Integer(MAX_AGE_SECONDS)))
            }
        },
        map => Some((
            map.get_atom("data")?.clone(),
            map.get_atom("signed")?.clone(),
            Term::Integer(MAX_AGE_SECONDS),
        )),
    }
}

fn check_age(signed_at: &Term, max_age: &Term, now_ms: i64) -> Result<(), TokenError> {
    if max_age.as_atom() == Some("infinity") {
        return Ok(());
    }
    let max_age_ms = milliseconds(max_age).ok_or(TokenError::Invalid)?;
    if !is_positive(max_age) {
        return Err(TokenError::Expired);
    }
    let signed_at_ms = signed_at.as_i64().ok_or(TokenError::Invalid)?;
    if signed_at_ms > now_ms {
        Err(TokenError::Invalid)
    } else if signed_at_ms.saturating_add(max_age_ms) < now_ms {
        Err(TokenError::Expired)
    } else {
        Ok(())
    }
}

/// Seconds as Elixir knows them, of any size and perhaps with a fraction.
fn milliseconds(seconds: &Term) -> Option<i64> {
    match seconds {
        Term::Integer(seconds) => Some(seconds.saturating_mul(1000)),
        Term::BigInteger(_) => Some(i64::MAX),
        Term::Float(seconds) => Some((seconds * 1000.0) as i64),
        _ => None,
    }
}

fn is_positive(seconds: &Term) -> bool {
    match seconds {
        Term::Integer(seconds) => *seconds > 0,
        Term::BigInteger(seconds) => !seconds.is_negative(),
        Term::Float(seconds) => *seconds > 0.0,
        _ => false,
    }
}

fn unix_ms(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
    }
}
