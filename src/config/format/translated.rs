//! Texts for people, in the languages of the pages.

use keyward_server::pages::{Description, Language, OwnTexts, message_ids};
use toml::{
    Spanned,
    de::{DeString, DeValue},
};

use super::{Choice, Fault, Faults, Format, TEXT, choice, found};
use crate::config::section::closest;

/// A language of the pages.
pub const LANGUAGE: Choice<Language> = choice(&[("en", Language::English), ("de", Language::German)]);

/// One text for everybody, or one for each language.
pub struct Translated;

/// The texts of the pages that are replaced, by language and id.
pub struct PageTexts;

impl Format for Translated {
    type Value = Description;

    fn expected(&self) -> String {
        "a text, or a table with one for each language".into()
    }

    fn read(&self, value: &DeValue<'_>) -> Result<Description, Faults> {
        let DeValue::Table(table) = value else {
            let text = TEXT.read(value).map_err(|_| Faults::mismatch(&self.expected(), &found(value), "describe the scope"))?;
            return Ok(Description { english: text.clone(), german: text });
        };
        let (mut english, mut german, mut faults) = (None, None, Vec::new());
        for (key, value) in table {
            match (language(key), TEXT.read(value.get_ref())) {
                (Ok(Language::English), Ok(text)) => english = Some(text),
                (Ok(Language::German), Ok(text)) => german = Some(text),
                (Ok(_), Err(inner)) => faults.extend(inner.at(value)),
                (Err(fault), _) => faults.push(fault),
            }
        }
        match (english.clone().or(german.clone()), german.or(english)) {
            (Some(english), Some(german)) if faults.is_empty() => Ok(Description { english, german }),
            _ if faults.is_empty() => Err(Faults::mismatch(&self.expected(), "an empty table", "")),
            _ => Err(Faults(faults)),
        }
    }
}

impl Format for PageTexts {
    type Value = OwnTexts;

    fn expected(&self) -> String {
        "a table of texts for each language".into()
    }

    fn read(&self, value: &DeValue<'_>) -> Result<OwnTexts, Faults> {
        let DeValue::Table(languages) = value else {
            return Err(Faults::mismatch(&self.expected(), &found(value), "write them below [pages.texts.en]"));
        };
        let (mut texts, mut faults) = (OwnTexts::default(), Vec::new());
        for (key, value) in languages {
            match (language(key), value.get_ref()) {
                (Ok(language), DeValue::Table(table)) => {
                    faults.extend(table.iter().filter_map(|(id, text)| set(&mut texts, language, id, text).err()).flatten());
                }
                (Ok(_), other) => faults.extend(Faults::mismatch(&self.expected(), &found(other), "").at(value)),
                (Err(fault), _) => faults.push(fault),
            }
        }
        if faults.is_empty() { Ok(texts) } else { Err(Faults(faults)) }
    }
}

/// Takes one text over.
fn set(texts: &mut OwnTexts, language: Language, id: &Spanned<DeString<'_>>, text: &Spanned<DeValue<'_>>) -> Result<(), Vec<Fault>> {
    let name = id.get_ref().as_ref();
    let known = message_ids();
    if !known.contains(&name) {
        let likely =
            closest(name, &known).map_or_else(|| "docs/pages.md says where they are".into(), |likely| format!("did you mean {likely}?"));
        let message = format!("expected the id of a text of the pages, found {name:?}; {likely}");
        return Err(vec![Fault { at: Some(id.span()), message }]);
    }
    let read = TEXT.read(text.get_ref()).map_err(|faults| faults.at(text))?;
    let illegal = |mend: String| Faults::mismatch("a text as Fluent writes it", &found(text.get_ref()), &mend).at(text);
    texts.set(language, name, &read).map_err(|error| illegal(error.to_string()))
}

fn language(key: &Spanned<DeString<'_>>) -> Result<Language, Fault> {
    let read = LANGUAGE.read(&DeValue::String(key.get_ref().as_ref().into()));
    read.map_err(|_| Fault { at: Some(key.span()), message: format!("expected {}, found {:?}", LANGUAGE.expected(), key.get_ref()) })
}
