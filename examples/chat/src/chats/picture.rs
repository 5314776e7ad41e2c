//! Pictures: what of an uploaded file is believed, which is what its bytes say.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use imagesize::{ImageError, ImageType};

/// Largest picture, in bytes.
pub(crate) const PICTURE_BYTES_MAX: u64 = 4_000_000;
/// Longest side of a picture, in pixels: what a reader's browser has to unpack is bounded, too.
pub(crate) const PICTURE_SIDE_PIXELS_MAX: usize = 10_000;
/// Longest name of a picture, in Unicode scalar values; the rest of a longer one is dropped.
pub(crate) const PICTURE_NAME_CHARS_MAX: usize = 100;

/// A file that is a picture of one of the types that every browser shows and none runs.
///
/// It stays on disk until it is stored: what waits for the database must not fill the memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) name: String,
    pub(crate) media_type: &'static str,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) path: PathBuf,
}

impl Picture {
    /// Takes a file for what its first bytes say it is, whatever its name claims. Blocks the thread.
    pub(crate) fn sniff(name: &str, path: &Path) -> Result<Self, PictureError> {
        let file = File::open(path)?;
        if file.metadata()?.len() > PICTURE_BYTES_MAX {
            return Err(PictureError::TooLarge);
        }
        let r#type = imagesize::reader_type(BufReader::new(file))?;
        let size = imagesize::size(path)?;
        Ok(Self {
            name: name.chars().take(PICTURE_NAME_CHARS_MAX).collect(),
            media_type: media_type(r#type).ok_or(PictureError::NoPicture)?,
            width: side(size.width)?,
            height: side(size.height)?,
            path: path.to_owned(),
        })
    }
}

const fn media_type(r#type: ImageType) -> Option<&'static str> {
    match r#type {
        ImageType::Gif => Some("image/gif"),
        ImageType::Jpeg => Some("image/jpeg"),
        ImageType::Png => Some("image/png"),
        ImageType::Webp => Some("image/webp"),
        _ => None,
    }
}

fn side(pixels: usize) -> Result<u32, PictureError> {
    match u32::try_from(pixels) {
        Ok(0) => Err(PictureError::NoPicture),
        Ok(side) if pixels <= PICTURE_SIDE_PIXELS_MAX => Ok(side),
        _ => Err(PictureError::TooLarge),
    }
}

/// Why a file is not taken as a picture; the text is a sentence for whoever chose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PictureError {
    /// Its bytes are those of no picture, or of one that browsers do not all show.
    NoPicture,
    /// It exceeds [`PICTURE_BYTES_MAX`] or [`PICTURE_SIDE_PIXELS_MAX`].
    TooLarge,
    /// It did not arrive, or not all of it.
    NotHere,
}

impl From<io::Error> for PictureError {
    fn from(cause: io::Error) -> Self {
        tracing::error!("uploaded file not read: {cause}");
        Self::NotHere
    }
}

/// A file that ends before its size is told is no picture.
impl From<ImageError> for PictureError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::IoError(cause) if cause.kind() != io::ErrorKind::UnexpectedEof => {
                cause.into()
            }
            _ => Self::NoPicture,
        }
    }
}

impl fmt::Display for PictureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPicture => f.write_str("This file is no PNG, JPEG, GIF or WebP picture."),
            Self::TooLarge => write!(
                f,
                "A picture has at most {} MB and {PICTURE_SIDE_PIXELS_MAX} pixels a side.",
                PICTURE_BYTES_MAX / 1_000_000
            ),
            Self::NotHere => {
                f.write_str("The picture did not arrive. Remove it, or choose it again.")
            }
        }
    }
}

impl std::error::Error for PictureError {}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use tempfile::NamedTempFile;

    use super::*;

    /// The first bytes of a PNG with this size.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.extend(width.to_be_bytes());
        png.extend(height.to_be_bytes());
        png.extend(b"\x08\x02\0\0\0");
        png
    }

    fn sniff(name: &str, content: &[u8]) -> Result<Picture, PictureError> {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        Picture::sniff(name, file.path())
    }

    #[test]
    fn a_picture_is_what_its_bytes_say() {
        let picture = sniff("notes.txt", &png(3, 2)).unwrap();
        assert_eq!(picture.media_type, "image/png");
        assert_eq!((picture.width, picture.height), (3, 2));
        assert_eq!(picture.name, "notes.txt");
    }

    #[test]
    fn what_is_no_picture_is_refused_whatever_its_name() {
        let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>";
        let html = "<script>alert(1)</script>";
        for content in ["", "plain text", html, svg, "BM", "GIF89a", "\u{89}PNG"] {
            let refused = sniff("a.png", content.as_bytes());
            assert_eq!(refused, Err(PictureError::NoPicture), "{content:?}");
        }
    }

    #[test]
    fn a_side_has_10000_pixels_at_most() {
        assert!(sniff("a.png", &png(10_000, 1)).is_ok());
        for (width, height) in [(10_001, 1), (1, 10_001), (u32::MAX, u32::MAX)] {
            let refused = sniff("a.png", &png(width, height));
            assert_eq!(refused, Err(PictureError::TooLarge));
        }
        assert_eq!(sniff("a.png", &png(0, 1)), Err(PictureError::NoPicture));
    }

    #[test]
    fn a_picture_has_4_megabytes_at_most() {
        let mut content = png(1, 1);
        content.resize(4_000_000, 0);
        assert!(sniff("a.png", &content).is_ok());
        content.push(0);
        assert_eq!(sniff("a.png", &content), Err(PictureError::TooLarge));
    }

    #[test]
    fn a_name_is_cut_to_100_characters() {
        let picture = sniff(&"é".repeat(101), &png(1, 1)).unwrap();
        assert_eq!(picture.name, "é".repeat(100));
    }

    #[test]
    fn a_file_that_is_gone_is_not_its_authors_fault() {
        let refused = Picture::sniff("a.png", Path::new("/nowhere/a.png"));
        assert_eq!(refused, Err(PictureError::NotHere));
    }
}
