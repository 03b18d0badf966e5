//! The texts of the pages, by language (Fluent).

use std::collections::BTreeMap;

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use fluent_syntax::{ast::Entry, parser};
use unic_langid::LanguageIdentifier;

use super::Language;

const ENGLISH: &str = include_str!("../../translations/en.ftl");
const GERMAN: &str = include_str!("../../translations/de.ftl");

/// Texts of the operator, in the place of built-in ones. They may use what the built-in text uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnTexts(BTreeMap<(Language, &'static str), String>);

/// Why a text cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IllegalText {
    /// No text has this id.
    #[error("use an id that there is")]
    UnknownId,
    /// It is no text in the syntax of Fluent.
    #[error("write braces around nothing but what is filled in, such as {{ $client }}")]
    Syntax,
}

/// The texts of one language.
pub(super) struct Texts(FluentBundle<FluentResource>);

/// The ids of all texts.
#[must_use]
pub fn message_ids() -> Vec<&'static str> {
    ids(ENGLISH)
}

/// The ids of the texts in a file, in its order.
pub(super) fn ids(file: &'static str) -> Vec<&'static str> {
    let parsed = parser::parse_runtime(file).unwrap_or_else(|(parsed, _)| parsed);
    let id = |entry| if let Entry::Message(message) = entry { Some(message.id.name) } else { None };
    parsed.body.into_iter().filter_map(id).collect()
}

/// The built-in texts, as they are written.
pub(super) const fn built_in(language: Language) -> &'static str {
    match language {
        Language::English => ENGLISH,
        Language::German => GERMAN,
    }
}

impl Texts {
    /// The built-in texts of a language, and the operator's in their place.
    pub fn load(language: Language, own: &OwnTexts) -> Self {
        let locale: Option<LanguageIdentifier> = language.tag().parse().ok();
        let mut bundle = FluentBundle::new_concurrent(locale.into_iter().collect());
        // What comes from people stands without characters that need to be isolated: see `visible`.
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(sound(built_in(language)));
        for (_, text) in own.0.iter().filter(|((spoken, _), _)| *spoken == language) {
            bundle.add_resource_overriding(sound(text));
        }
        Texts(bundle)
    }

    /// The text `id`, filled with `arguments`.
    ///
    /// # Errors
    /// In words: there is none, or it names something that it does not get.
    pub fn text(&self, id: &str, arguments: &FluentArgs<'_>) -> Result<String, String> {
        let pattern = self.0.get_message(id).and_then(|message| message.value());
        let pattern = pattern.ok_or_else(|| format!("expected the id of a text, found {id:?}"))?;
        let mut errors = Vec::new();
        let text = self.0.format_pattern(pattern, Some(arguments), &mut errors);
        match errors.first() {
            None => Ok(text.into_owned()),
            Some(error) => Err(format!("the text {id} cannot be filled: {error}")),
        }
    }
}

impl OwnTexts {
    /// Takes a text in the place of the built-in one.
    ///
    /// # Errors
    /// There is none with this id, or the text is none in the syntax of Fluent.
    pub fn set(&mut self, language: Language, id: &str, text: &str) -> Result<(), IllegalText> {
        let id = message_ids().into_iter().find(|known| *known == id).ok_or(IllegalText::UnknownId)?;
        // Lines that follow are indented: so they belong to the text, whatever they hold.
        let message = format!("{id} = {}\n", text.lines().collect::<Vec<_>>().join("\n    "));
        match parser::parse_runtime(message.as_str()).map(|parsed| parsed.body).as_deref() {
            Ok([Entry::Message(one)]) if one.value.is_some() && one.attributes.is_empty() => {}
            _ => return Err(IllegalText::Syntax),
        }
        self.0.insert((language, id), message);
        Ok(())
    }
}

/// The texts of a file that was checked before.
fn sound(file: &str) -> FluentResource {
    FluentResource::try_new(file.into()).unwrap_or_else(|(rest, _)| rest)
}
