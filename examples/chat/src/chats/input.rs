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
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_to_sixty_characters() {
        assert_eq!(UserName::parse(" \t\n"), Err(InputError::UserNameEmpty));
        assert_eq!(UserName::parse("é").unwrap().as_str(), "é");
        assert!(UserName::parse(&"é".repeat(60)).is_ok());
        assert_eq!(
            UserName::parse(&"é".repeat(61)),
            Err(InputError::UserNameTooLong { chars: 61 })
        );
    }

    #[test]
    fn white_space_around_a_name_or_address_is_dropped() {
        assert_eq!(UserName::parse("  Ada \n").unwrap().as_str(), "Ada");
        assert_eq!(
            Email::parse(" ada@example.org\r\n").unwrap().as_str(),
            "ada@example.org"
        );
        assert_eq!(RoomName::parse(" General ").unwrap().as_str(), "General");
    }

    #[test]
    fn an_email_address_has_text_on_both_sides() {
        for malformed in [
            "",
            "@",
            "ada",
            "ada@",
            "@example.org",
            "a da@example.org",
            "ada@exa\u{a0}mple.org",
        ] {
            assert_eq!(
                Email::parse(malformed),
                Err(InputError::EmailMalformed),
                "{malformed:?}"
            );
        }
        for shaped in [
            "a@b",
            "ada@example.org",
            "\"a@b\"@example.org",
            "用户@例子.广告",
        ] {
            assert_eq!(Email::parse(shaped).unwrap().as_str(), shaped);
        }
    }

    #[test]
    fn an_email_address_has_254_bytes_at_most() {
        let domain = "@example.org";
        let longest = "a".repeat(254 - domain.len()) + domain;
        assert!(Email::parse(&longest).is_ok());
        assert_eq!(
            Email::parse(&format!("a{longest}")),
            Err(InputError::EmailTooLong)
        );
    }

    #[test]
    fn a_room_name_has_one_to_eighty_characters() {
        assert_eq!(RoomName::parse(""), Err(InputError::RoomNameEmpty));
        assert!(RoomName::parse(&"房".repeat(80)).is_ok());
        assert_eq!(
            RoomName::parse(&"房".repeat(81)),
            Err(InputError::RoomNameTooLong { chars: 81 })
        );
    }

    #[test]
    fn a_message_has_one_to_4000_characters_counted_as_scalar_values() {
        assert_eq!(Body::parse(" \n "), Err(InputError::BodyEmpty));
        assert!(Body::parse(&"🦩".repeat(4000)).is_ok());
        assert_eq!(
            Body::parse(&"🦩".repeat(4001)),
            Err(InputError::BodyTooLong { chars: 4001 })
        );
    }

    #[test]
    fn a_message_keeps_its_indentation_and_its_inner_lines() {
        assert_eq!(
            Body::parse("  one\n\n  two\n\n").unwrap().as_str(),
            "  one\n\n  two"
        );
    }

    #[test]
    fn the_lines_of_a_posted_form_count_as_one_character_each() {
        let posted = "\r\n".repeat(3999) + "x";
        assert_eq!(
            Body::parse(&posted).unwrap().as_str(),
            "\n".repeat(3999) + "x"
        );
    }

    #[test]
    fn the_text_of_an_error_names_the_bound_and_what_was_given() {
        let error = Body::parse(&"x".repeat(4017)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "A message has at most 4000 characters; this one has 4017."
        );
    }
}
