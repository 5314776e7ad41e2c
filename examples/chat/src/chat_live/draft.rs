//! The form of a message that is being written or edited.

use std::fmt::Display;

use bennu::live::form::{FieldErrors, Form};
use bennu::protocol::form::{Param, Params};

/// Longest draft that the view keeps, in Unicode scalar values; the rest of a longer one is dropped. It exceeds a
/// message, for its author to shorten it.
pub(super) const DRAFT_CHARS_MAX: usize = 10_000;

/// The field with the text of the message.
pub(super) const BODY: &str = "body";

/// The form with this text in it.
pub(super) fn form(body: &str) -> Form {
    let end = body.char_indices().nth(DRAFT_CHARS_MAX);
    let kept = &body[..end.map_or(body.len(), |(end, _)| end)];
    let mut params = Params::default();
    params.insert(BODY, Param::from(kept));
    Form::new(params)
}

/// The form with this text in it and what is wrong with it.
pub(super) fn refused(body: &str, error: &impl Display) -> Form {
    let mut errors = FieldErrors::new();
    errors.add(BODY, error.to_string());
    form(body).with_errors(errors).with_action("insert")
}

/// The form as it is, and what is wrong with it.
pub(super) fn again(form: &Form, error: &impl Display) -> Form {
    refused(&form.field(BODY).value.text().unwrap_or_default(), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_kept_up_to_10000_characters() {
        let kept = |chars| {
            let form = form(&"é".repeat(chars));
            form.field(BODY).value.text().unwrap().chars().count()
        };
        assert_eq!(kept(0), 0);
        assert_eq!(kept(10_000), 10_000);
        assert_eq!(kept(10_001), 10_000);
    }
}
