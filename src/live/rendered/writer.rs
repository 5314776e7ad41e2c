use std::fmt;

/// Takes the text of one dynamic and escapes it on its way into the page or the diff.
///
/// It is a [`fmt::Write`] whose `write_str` is [`text`](Self::text), so `write!` escapes as well.
#[derive(Debug)]
pub struct TextWriter<'w> {
    out: &'w mut Vec<u8>,
    text: &'static Escapes,
    raw: Option<&'static Escapes>,
}

impl<'w> TextWriter<'w> {
    pub(in crate::live) fn html(out: &'w mut Vec<u8>) -> Self {
        Self {
            out,
            text: &TEXT,
            raw: None,
        }
    }

    pub(in crate::live) fn json(out: &'w mut Vec<u8>) -> Self {
        Self {
            out,
            text: &TEXT_IN_JSON,
            raw: Some(&RAW_IN_JSON),
        }
    }

    /// Writes text as it is, for a value that is escaped when it is shown.
    pub(in crate::live) fn plain(out: &'w mut Vec<u8>) -> Self {
        Self {
            out,
            text: &PLAIN,
            raw: None,
        }
    }

    /// Writes text: `& < > " '` become entities.
    #[inline]
    pub fn text(&mut self, text: &str) {
        escape(self.out, text, self.text);
    }

    /// Writes HTML as it is. The caller answers for it.
    #[inline]
    pub fn raw(&mut self, html: &str) {
        match self.raw {
            Some(escapes) => escape(self.out, html, escapes),
            None => self.out.extend_from_slice(html.as_bytes()),
        }
    }

    /// How many bytes the buffer holds, for [`truncate`](Self::truncate).
    pub(in crate::live) fn len(&self) -> usize {
        self.out.len()
    }

    /// Takes back what was written since the buffer held `len` bytes.
    pub(in crate::live) fn truncate(&mut self, len: usize) {
        self.out.truncate(len);
    }

    /// Writes an integer.
    #[inline]
    pub fn integer(&mut self, integer: impl itoa::Integer) {
        self.out
            .extend_from_slice(itoa::Buffer::new().format(integer).as_bytes());
    }
}

impl fmt::Write for TextWriter<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text(text);
        Ok(())
    }
}

/// For each byte: 0 if it stands for itself, else what replaces it, as an index into [`REPLACEMENTS`].
type Escapes = [u8; 256];

const UNICODE: u8 = 1;
const REPLACEMENTS: [&[u8]; 12] = [
    b"", b"", b"&amp;", b"&lt;", b"&gt;", b"&quot;", b"&#39;", b"\\\"", b"\\\\", b"\\n", b"\\r",
    b"\\t",
];

static TEXT: Escapes = escapes(true, false);
static TEXT_IN_JSON: Escapes = escapes(true, true);
static RAW_IN_JSON: Escapes = escapes(false, true);
static PLAIN: Escapes = escapes(false, false);

const fn escapes(html: bool, json: bool) -> Escapes {
    let mut escapes = [0; 256];
    if json {
        let mut control = 0;
        while control < 0x20 {
            escapes[control] = UNICODE;
            control += 1;
        }
        escapes[b'"' as usize] = 7;
        escapes[b'\\' as usize] = 8;
        escapes[b'\n' as usize] = 9;
        escapes[b'\r' as usize] = 10;
        escapes[b'\t' as usize] = 11;
    }
    if html {
        escapes[b'&' as usize] = 2;
        escapes[b'<' as usize] = 3;
        escapes[b'>' as usize] = 4;
        escapes[b'"' as usize] = 5;
        escapes[b'\'' as usize] = 6;
    }
    escapes
}

fn escape(out: &mut Vec<u8>, text: &str, escapes: &Escapes) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest
        .iter()
        .position(|&byte| escapes[usize::from(byte)] != 0)
    {
        let (plain, special) = rest.split_at(at);
        out.extend_from_slice(plain);
        replace(out, special[0], escapes);
        rest = &special[1..];
    }
    out.extend_from_slice(rest);
}

fn replace(out: &mut Vec<u8>, byte: u8, escapes: &Escapes) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    match escapes[usize::from(byte)] {
        UNICODE => {
            out.extend_from_slice(b"\\u00");
            out.push(HEX[usize::from(byte >> 4)]);
            out.push(HEX[usize::from(byte & 15)]);
        }
        replacement => out.extend_from_slice(REPLACEMENTS[usize::from(replacement)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: bool, write: impl FnOnce(&mut TextWriter<'_>)) -> String {
        let mut out = Vec::new();
        write(&mut if json {
            TextWriter::json(&mut out)
        } else {
            TextWriter::html(&mut out)
        });
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_is_escaped_for_html() {
        assert_eq!(
            written(false, |w| w.text("a<b> & \"c\" 'd'")),
            "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;"
        );
        assert_eq!(written(false, |w| w.text("tab\tline\n\\")), "tab\tline\n\\");
    }

    #[test]
    fn text_is_escaped_for_html_then_json() {
        assert_eq!(
            written(true, |w| w.text("<\"\\\n\r\t\u{1}\u{1f}é\u{2028}>")),
            "&lt;&quot;\\\\\\n\\r\\t\\u0001\\u001fé\u{2028}&gt;"
        );
    }

    #[test]
    fn raw_html_is_escaped_for_json_alone() {
        assert_eq!(
            written(false, |w| w.raw("<b class=\"x\">")),
            "<b class=\"x\">"
        );
        assert_eq!(
            written(true, |w| w.raw("<b class=\"x\">\n&")),
            "<b class=\\\"x\\\">\\n&"
        );
    }

    #[test]
    fn every_byte_survives_a_json_parser() {
        let all: String = (0..=0x17f).filter_map(char::from_u32).collect();
        let json = format!("\"{}\"", written(true, |w| w.raw(&all)));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), all);
    }

    #[test]
    fn integers_are_written_whole() {
        assert_eq!(written(true, |w| w.integer(i64::MIN)), i64::MIN.to_string());
    }
}
