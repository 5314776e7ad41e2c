use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Base64 for URLs (RFC 4648 section 5) with the leniency of Elixir's decoder: padding may be there or not, and the
/// last character's surplus bits count for nothing.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Encodes without padding.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    ENGINE.encode(bytes)
}

/// Encodes without padding, behind what `output` already holds.
pub(crate) fn encode_onto(output: &mut String, bytes: &[u8]) {
    ENGINE.encode_string(bytes, output);
}

/// Decodes, or says nothing about why it cannot.
pub(crate) fn decode(text: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    let text = text.as_ref();
    // Padding is complete or absent; the engine alone would take a part of it.
    if text.ends_with(b"=") && !text.len().is_multiple_of(4) {
        return None;
    }
    ENGINE.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_complete_or_absent() {
        assert_eq!(decode("YQ"), Some(b"a".to_vec()));
        assert_eq!(decode("YQ=="), Some(b"a".to_vec()));
        assert_eq!(decode("YQ="), None);
        assert_eq!(decode("YWI==="), None);
        assert_eq!(decode("===="), None);
    }

    #[test]
    fn surplus_bits_count_for_nothing() {
        assert_eq!(decode("YR"), Some(b"a".to_vec()));
        assert_eq!(decode("YWJ"), Some(b"ab".to_vec()));
    }

    #[test]
    fn only_the_alphabet_for_urls_is_read() {
        assert_eq!(decode("-_-_"), Some(vec![0xfb, 0xff, 0xbf]));
        assert_eq!(decode("+/+/"), None);
        assert_eq!(decode("YW J"), None);
    }
}
