//! What people type, checked once at the door: a value of one of these types is within its bounds.

use std::fmt;

/// Longest name of a person, in Unicode scalar values.
pub(crate) const USER_NAME_CHARS_MAX: usize = 60;
/// Longest email address, in bytes (RFC 5321 section 4.5.3.1, less the angle brackets).
pub(crate) const EMAIL_BYTES_MAX: usize = 254;
/// Longest name of a room, in Unicode scalar values.
pub(crate) const ROOM_NAME_CHARS_MAX: usize = 80;
/// Longest message, in Unicode scalar values.
pub(crate) const BODY_CHARS_MAX: usize = 4000;

/// A person's name, without surrounding white space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserName(String);

impl UserName {
    /// Accepts 1 to [`USER_NAME_CHARS_MAX`] characters.
    pub(crate) fn parse(input: &str) -> Result<Self, InputError> {
        let name = input.trim();
        match name.chars().count() {
            0 => Err(InputError::UserNameEmpty),
            chars if chars > USER_NAME_CHARS_MAX => Err(InputError::UserNameTooLong { chars }),
            _ => Ok(Self(name.to_owned())),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// An email address, without surrounding white space; only its shape is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Email(String);

impl Email {
    /// Accepts text on both sides of its last `@`, no white space, [`EMAIL_BYTES_MAX`] bytes at most.
    pub(crate) fn parse(input: &str) -> Result<Self, InputError> {
        let email = input.trim();
        if email.len() > EMAIL_BYTES_MAX {
            return Err(InputError::EmailTooLong);
        }
        let halves = email
            .rsplit_once('@')
            .filter(|(mailbox, domain)| !mailbox.is_empty() && !domain.is_empty());
        if halves.is_none() || email.contains(char::is_whitespace) {
            return Err(InputError::EmailMalformed);
        }
        Ok(Self(email.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A room's name, without surrounding white space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoomName(String);

impl RoomName {
    /// Accepts 1 to [`ROOM_NAME_CHARS_MAX`] characters.
    pub(crate) fn parse(input: &str) -> Result<Self, InputError> {
        let name = input.trim();
        match name.chars().count() {
            0 => Err(InputError::RoomNameEmpty),
            chars if chars > ROOM_NAME_CHARS_MAX => Err(InputError::RoomNameTooLong { chars }),
            _ => Ok(Self(name.to_owned())),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text of a message, without trailing white space; leading white space may be indentation and stays. Lines end as
/// in a script's text, whereas a form that is posted without one ends them with CR and LF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Body(String);

impl Body {
    /// Accepts 1 to [`BODY_CHARS_MAX`] characters, one of which is not white space.
    pub(crate) fn parse(input: &str) -> Result<Self, InputError> {
        let body = input.trim_end().replace("\r\n", "\n");
        match body.chars().count() {
            0 => Err(InputError::BodyEmpty),
            chars if chars > BODY_CHARS_MAX => Err(InputError::BodyTooLong { chars }),
            _ => Ok(Self(body)),
        }
    }

    /// As [`Body::parse`]; what stands beside a picture may also be nothing.
    pub(crate) fn parse_caption(input: &str) -> Result<Self, InputError> {
        match Self::parse(input) {
            Err(InputError::BodyEmpty) => Ok(Self(String::new())),
            parsed => parsed,
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is wrong with something that a person typed; the text is a sentence for that person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InputError {
    /// A person's name was left empty.
    UserNameEmpty,
    /// A person's name exceeds [`USER_NAME_CHARS_MAX`].
    UserNameTooLong { chars: usize },
    /// An email address exceeds [`EMAIL_BYTES_MAX`].
    EmailTooLong,
    /// Not the shape of an email address; empty included.
    EmailMalformed,
    /// A room's name was left empty.
    RoomNameEmpty,
    /// A room's name exceeds [`ROOM_NAME_CHARS_MAX`].
    RoomNameTooLong { chars: usize },
    /// A message with nothing to see.
    BodyEmpty,
    /// A message exceeds [`BODY_CHARS_MAX`].
    BodyTooLong { chars: usize },
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UserNameEmpty => f.write_str("Enter your name."),
            Self::UserNameTooLong { chars } => {
                write!(
                    f,
                    "A name has at most {USER_NAME_CHARS_MAX} characters; this one has {chars}."
                )
            }
            Self::EmailTooLong => {
                write!(f, "An email address has at most {EMAIL_BYTES_MAX} bytes.")
            }
            Self::EmailMalformed => f.write_str("Enter an email address, like ada@example.org."),
            Self::RoomNameEmpty => f.write_str("Give the room a name."),
            Self::RoomNameTooLong { chars } => {
                write!(
                    f,
                    "The name of a room has at most {ROOM_NAME_CHARS_MAX} characters; this one has {chars}."
                )
            }
            Self::BodyEmpty => f.write_str("Write something first."),
            Self::BodyTooLong { chars } => {
                write!(
                    f,
                    "A message has at most {BODY_CHARS_MAX} characters; this one has {chars}."
                )
            }
        }
    }
}

impl std::error::Error for InputError {}

#[cfg(test)]
mod tests;
