//! The pages that people see.

use std::{collections::BTreeMap, path::PathBuf};

use keyward_server::pages::{Colour, Description, IllegalColour, Language, OwnTexts, PagesSettings};

use super::{
    format::{LANGUAGE, PATH, PageTexts, Parsed, TEXT, Translated, WORD, parsed},
    section::Section,
    setting::settings,
};

const COLOUR: Parsed<Colour> =
    parsed("a colour such as \"#145c55\"", |text| text.parse().map_err(|illegal: IllegalColour| illegal.to_string()));

settings! {
    /// The pages that people see. [pages.md](pages.md) says more about templates and texts.
    pub struct PagesFileSettings in "[pages]" {
        /// What they call this service.
        name: String, TEXT, default("Keyward".into()), example "Example ID";
        /// A picture above every page, also its icon: a PNG, SVG, WebP or JPEG file of at most 512 KiB.
        logo: PathBuf, PATH, optional("Keyward's own, a white key on green"), example "logo.svg";
        /// The colour of buttons and links. What is written on it or in it is made dark or light enough to be read, in
        /// both themes.
        accent: Colour, COLOUR, optional("a dark green"), example "#7a1fa2";
        /// The language of people whose browser asks for none that is there.
        default_language: Language, LANGUAGE, default(Language::English), example "de";
        /// Texts in the place of the built-in ones, by language and id.
        texts: OwnTexts, PageTexts, optional("the built-in ones"), example { en = { login-username = "Staff number" } };
        /// A folder with templates that replace the built-in ones of the same name.
        templates: PathBuf, PATH, optional("the built-in ones"), example "templates";
    }
}

settings! {
    /// What a scope means, for the pages that ask people for their consent; one such section for each. One that is
    /// not described is shown as the word it is.
    pub struct ScopeSettings in "[[scope]]" {
        /// The word.
        name: String, WORD, required(), example "read:orders";
        /// What it lets an application do, following the words "It could then": one text, or one for each language.
        description: Description, Translated, required(), example { en = "See your orders", de = "Ihre Bestellungen sehen" };
    }
}

/// The settings of the pages; `scopes` are those that are described.
pub fn resolve(section: &Section<'_>, settings: PagesFileSettings, scopes: BTreeMap<String, Description>) -> PagesSettings {
    let there = |key, path: Option<PathBuf>, is_there: fn(&PathBuf) -> bool, what| {
        let path = section.file().resolve(&path?);
        if !is_there(&path) {
            let message = format!("expected {what}, found none at {}; a relative path starts at the folder of this file", path.display());
            section.problem(key, message);
        }
        Some(path)
    };
    PagesSettings {
        templates: there("templates", settings.templates, |path| path.is_dir(), "a folder"),
        logo: there("logo", settings.logo, |path| path.is_file(), "a file"),
        name: settings.name,
        accent: settings.accent,
        texts: settings.texts.unwrap_or_default(),
        default_language: settings.default_language,
        scopes,
    }
}
