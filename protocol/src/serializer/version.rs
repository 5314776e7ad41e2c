//! Versions as semver.org defines them.

/// A semantic version, as far as choosing a serializer needs it: digits stay text, so no number
/// of a client can overflow.
pub(super) struct Version<'a> {
    pub(super) major: &'a str,
    pub(super) minor: &'a str,
    pub(super) patch: &'a str,
    pub(super) pre_release: Option<&'a str>,
}

impl<'a> Version<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (text, build) = split_off(text, '+');
        let (core, pre_release) = split_off(text, '-');
        let mut numbers = core.split('.');
        let version = Self {
            major: numbers.next()?,
            minor: numbers.next()?,
            patch: numbers.next()?,
            pre_release,
        };
        let valid = numbers.next().is_none()
            && [version.major, version.minor, version.patch]
                .into_iter()
                .all(is_version_number)
            && build.is_none_or(|build| build.split('.').all(is_identifier))
            && pre_release.is_none_or(|pre| pre.split('.').all(is_pre_release_identifier));
        valid.then_some(version)
    }
}

fn split_off(text: &str, separator: char) -> (&str, Option<&str>) {
    match text.split_once(separator) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn is_version_number(text: &str) -> bool {
    is_number(text) && (text == "0" || !text.starts_with('0'))
}

fn is_pre_release_identifier(text: &str) -> bool {
    is_identifier(text) && (!is_number(text) || is_version_number(text))
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
