//! The languages that pages speak, and which of them to speak.

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// English.
    English,
    /// German.
    German,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 2] = [Language::English, Language::German];

    /// As `<html lang>` and headers say it (RFC 5646).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
        }
    }

    /// The first of `ui_locales` that there is, else what `accept_language` likes best.
    pub(super) fn negotiated(ui_locales: Option<&str>, accept_language: Option<&str>) -> Option<Self> {
        let named = ui_locales.unwrap_or_default().split_ascii_whitespace().find_map(Language::of);
        named.or_else(|| Language::accepted(accept_language.unwrap_or_default()))
    }

    /// The language of a tag, whatever its region: `de-AT` is German.
    fn of(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        Language::ALL.into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// The language with the greatest weight (RFC 9110 §12.4.2); of several, the one that stands first.
    fn accepted(header: &str) -> Option<Self> {
        let weighed = header.split(',').filter_map(|range| {
            let (tag, parameter) = range.split_once(';').unwrap_or((range, "q=1"));
            let weight: f32 = parameter.trim().strip_prefix("q=")?.parse().ok()?;
            Some((Language::of(tag.trim())?, weight))
        });
        let acceptable = weighed.filter(|(_, weight)| *weight > 0.0);
        acceptable.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(language, _)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::Language::{self, English, German};

    #[test]
    fn the_language_is_the_one_that_is_liked_best() {
        for (ui_locales, accept_language, expected) in [
            (None, None, None),
            (None, Some("de"), Some(German)),
            (None, Some("de-AT,de;q=0.9,en;q=0.8"), Some(German)),
            (None, Some("en;q=0.5, de;q=0.9"), Some(German)),
            (None, Some("fr, en ; q=0.4"), Some(English)),
            (None, Some("de;q=0, en;q=0.1"), Some(English)),
            (None, Some("fr, *"), None),
            (None, Some("de;q=NaN, ,;;,en;q=1"), Some(English)),
            (Some("fr-CA DE en"), Some("en"), Some(German)),
            (Some("fr"), Some("de"), Some(German)),
            (Some("\"><script>"), Some("de"), Some(German)),
        ] {
            assert_eq!(Language::negotiated(ui_locales, accept_language), expected, "{ui_locales:?} {accept_language:?}");
        }
    }
}
