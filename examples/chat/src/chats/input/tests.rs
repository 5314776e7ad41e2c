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
