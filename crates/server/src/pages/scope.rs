//! What an application may do, in words.

use serde::Serialize;

use super::Language;

/// One word of a scope, as a page shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ScopeLine<'a> {
    /// The word.
    pub word: &'a str,
    /// What it means, in the language of the page, if the operator says so.
    pub description: Option<&'a str>,
}

/// What a word of a scope means, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// In English.
    pub english: String,
    /// In German.
    pub german: String,
}

impl Description {
    /// In one language.
    #[must_use]
    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::English => &self.english,
            Language::German => &self.german,
        }
    }
}

impl ScopeLine<'_> {
    /// Two that are described, one that is not.
    pub(super) fn samples() -> Vec<ScopeLine<'static>> {
        vec![
            ScopeLine { word: "photos.read", description: Some("See your photos and albums") },
            ScopeLine { word: "photos.share", description: Some("Share photos with people you know, in your name") },
            ScopeLine { word: "prints.order", description: None },
        ]
    }
}
