//! The picture above every page.

use std::{borrow::Cow, path::Path};

use super::{Colour, PagesError, read, stylesheet::ACCENT, version};

const BUILT_IN: &str = include_str!("../../assets/logo.svg");

/// The largest file, in bytes.
const LARGEST: usize = 512 * 1024;

/// The logo as it is served.
pub(super) struct Logo {
    pub media_type: &'static str,
    pub bytes: Cow<'static, [u8]>,
    pub version: String,
}

impl Logo {
    /// The operator's, or the built-in one in the accent colour.
    pub fn load(path: Option<&Path>, accent: Option<Colour>) -> Result<Self, PagesError> {
        let (media_type, bytes) = match path {
            Some(path) => {
                let bytes = read(path)?;
                let media_type = media_type(&bytes).filter(|_| bytes.len() <= LARGEST);
                (media_type.ok_or_else(|| PagesError::Logo { path: path.into() })?, bytes.into())
            }
            None => ("image/svg+xml", built_in(accent)),
        };
        Ok(Logo { media_type, version: version(&bytes), bytes })
    }
}

fn built_in(accent: Option<Colour>) -> Cow<'static, [u8]> {
    match accent {
        None => BUILT_IN.as_bytes().into(),
        Some(accent) => {
            let shape = BUILT_IN.replace(&ACCENT.to_string(), &accent.to_string());
            shape.replace(&Colour::WHITE.to_string(), &accent.ink().to_string()).into_bytes().into()
        }
    }
}

/// What a picture is, by how it begins.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        text => std::str::from_utf8(text).ok().filter(|text| text.contains("<svg")).map(|_| "image/svg+xml"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Colour, Logo};

    #[test]
    fn a_logo_is_known_by_how_it_begins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logo");
        for (bytes, expected) in [
            (&b"\x89PNG\r\n\x1a\n"[..], Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"RIFF\x01\x02\x03\x04WEBPVP8 ", Some("image/webp")),
            (b"<?xml version=\"1.0\"?>\n<svg/>", Some("image/svg+xml")),
            (b"GIF89a", None),
            (b"<html></html>", None),
            (b"", None),
        ] {
            fs::write(&path, bytes).unwrap();
            assert_eq!(Logo::load(Some(&path), None).ok().map(|logo| logo.media_type), expected, "{bytes:?}");
        }
        fs::write(&path, format!("<svg>{}</svg>", " ".repeat(super::LARGEST))).unwrap();
        assert!(Logo::load(Some(&path), None).is_err_and(|error| error.to_string().contains("512 KiB")));
    }

    #[test]
    fn the_built_in_logo_has_the_accent_colour() {
        let logo = Logo::load(None, Some(Colour::new(0xff, 0xd0, 0x00))).unwrap();
        let text = String::from_utf8(logo.bytes.into_owned()).unwrap();
        assert!(text.contains("#ffd000") && text.contains("#000000") && !text.contains("#ffffff"), "{text}");
    }
}
