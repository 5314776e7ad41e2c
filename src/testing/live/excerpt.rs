//! What a failed assertion shows of the page.

/// The most bytes of HTML that a message shows.
const HTML_BYTES_MAX: usize = 8_000;

/// The HTML on lines of its own, its end cut off where it is too long for a message.
pub(super) fn excerpt(html: &str) -> String {
    let mut end = html.len().min(HTML_BYTES_MAX);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    match html.len() - end {
        0 => format!("\n\n{html}\n"),
        more => format!("\n\n{}\n... and {more} bytes more", &html[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_pages_are_cut_between_characters() {
        assert_eq!(excerpt("<p>a</p>"), "\n\n<p>a</p>\n");
        let long = format!("a{}", "ü".repeat(HTML_BYTES_MAX));
        let cut = excerpt(&long);
        let more = long.len() - (HTML_BYTES_MAX - 1);
        assert!(
            cut.ends_with(&format!("ü\n... and {more} bytes more")),
            "{}",
            cut.len()
        );
    }
}
