use std::fmt;

use super::UploadEntry;

/// Which files an upload takes: the option `accept` of `allow_upload/3`.
///
/// A filter is a file name extension with its dot (`.jpg`), a media type (`application/pdf`), or one of `image/*`,
/// `audio/*` and `video/*`. An extension also stands for the media type that it is known by, so `.jpg` takes a
/// `photo.jpeg`.
///
/// It is what the browser says of a file that is looked at, not what is in the file.
///
/// ```
/// use bennu::live::upload::Accept;
///
/// let accept = Accept::from([".jpg", ".png", "video/*"]);
/// assert_eq!(accept.to_string(), ".jpg,.png,video/*");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accept {
    /// Every file, `:any` in Phoenix.
    Any,
    /// The files that one of the filters lets through.
    Filters(Filters),
}

/// The filters of an [`Accept`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filters {
    /// As they were given, joined for the browser.
    html: String,
    media_types: Vec<String>,
    /// Lower-case, with the dot.
    extensions: Vec<String>,
}

impl Accept {
    /// Only the files that one of `filters` lets through.
    ///
    /// # Panics
    /// When a filter is neither an extension that begins with a dot nor a media type.
    pub fn filters<T: AsRef<str>>(filters: impl IntoIterator<Item = T>) -> Self {
        let filters: Vec<T> = filters.into_iter().collect();
        let filters: Vec<&str> = filters.iter().map(AsRef::as_ref).collect();
        let (mut media_types, mut extensions) = (Vec::new(), Vec::new());
        for filter in &filters {
            if let Some(extension) = filter.strip_prefix('.') {
                extensions.push(filter.to_ascii_lowercase());
                let known = mime_guess::from_ext(extension).first_raw();
                media_types.extend(known.map(str::to_owned));
            } else {
                assert!(
                    filter.contains('/'),
                    "{filter:?} is no filter for uploads: expected an extension such as \".jpg\", or a media type"
                );
                media_types.push((*filter).to_owned());
            }
        }
        Self::Filters(Filters {
            html: filters.join(","),
            media_types,
            extensions,
        })
    }

    /// The value of the attribute `accept`.
    pub(super) fn attribute(&self) -> Option<&str> {
        match self {
            Self::Any => None,
            Self::Filters(filters) => Some(&filters.html),
        }
    }

    pub(super) fn takes(&self, entry: &UploadEntry) -> bool {
        match self {
            Self::Any => true,
            Self::Filters(filters) => filters.take(&entry.client_type, &entry.client_name),
        }
    }
}

impl Filters {
    fn take(&self, media_type: &str, name: &str) -> bool {
        self.take_type(media_type) || self.take_extension(name)
    }

    fn take_type(&self, media_type: &str) -> bool {
        let family = media_type.split_once('/').map(|(family, _)| family);
        self.media_types.iter().any(|taken| {
            taken == media_type
                || taken
                    .strip_suffix("/*")
                    .is_some_and(|taken| family == Some(taken))
        })
    }

    fn take_extension(&self, name: &str) -> bool {
        let Some(dot) = name.rfind('.') else {
            return false;
        };
        let extension = &name[dot..];
        let mut taken = self.extensions.iter();
        taken.any(|taken| taken.eq_ignore_ascii_case(extension))
    }
}

impl<T: AsRef<str>, const N: usize> From<[T; N]> for Accept {
    fn from(filters: [T; N]) -> Self {
        Self::filters(filters)
    }
}

impl<T: AsRef<str>> From<&[T]> for Accept {
    fn from(filters: &[T]) -> Self {
        Self::filters(filters)
    }
}

impl fmt::Display for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.attribute().unwrap_or("any file"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(filters: &[&str], media_type: &str, name: &str) -> bool {
        let Accept::Filters(filters) = Accept::filters(filters) else {
            unreachable!("filters make filters");
        };
        filters.take(media_type, name)
    }

    // 10.2
    #[test]
    fn a_file_is_taken_by_its_type_by_its_extension_or_by_a_wildcard() {
        assert!(takes(&["application/pdf"], "application/pdf", "x"));
        assert!(takes(&[".TXT"], "", "notes.txt"));
        assert!(takes(&[".txt"], "", "NOTES.TXT"));
        assert!(takes(&[".jpg"], "image/jpeg", "photo.jpeg"));
        assert!(takes(&["image/*"], "image/webp", "x"));
        assert!(takes(&["audio/*", "video/*"], "video/mp4", "x"));
    }

    #[test]
    fn other_files_are_not() {
        assert!(!takes(&[".txt", ".png"], "application/pdf", "x.pdf"));
        assert!(!takes(&["image/*"], "imagex/webp", "x.webp"));
        assert!(!takes(&["image/*"], "image", "image"));
        assert!(!takes(&[".txt"], "", "txt"));
        assert!(!takes(&[".gz"], "", "archive.gz.exe"));
        assert!(!takes(&[], "text/plain", "a.txt"));
    }

    #[test]
    #[should_panic(expected = "\"jpg\" is no filter")]
    fn an_extension_without_its_dot_is_a_mistake() {
        let _ = Accept::from(["jpg"]);
    }
}
