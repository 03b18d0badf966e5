//! That the translations say the same things, and nothing that is never said.

use std::collections::BTreeSet;

use fluent_syntax::parser;

use super::rendered;
use crate::pages::{
    IllegalText, Language, OwnTexts, Page, Pages, PagesSettings, message_ids,
    texts::{built_in, ids},
};

#[test]
fn the_translations_have_the_same_texts_in_the_same_order_and_no_errors() {
    for language in Language::ALL {
        assert!(parser::parse(built_in(language)).is_ok(), "{language:?}");
        assert_eq!(ids(built_in(language)), message_ids(), "{language:?}");
    }
    assert_eq!(message_ids().iter().collect::<BTreeSet<_>>().len(), message_ids().len());
}

#[test]
fn a_text_is_filled_with_the_same_in_every_language() {
    let placeables = |language| {
        let filled = |text: &str| text.split("{ $").skip(1).map(|rest| rest.split(' ').next().unwrap().to_owned()).collect::<BTreeSet<_>>();
        let file = built_in(language);
        let starts = ids(file).into_iter().map(move |id| file.find(&format!("\n{id} =")).unwrap());
        let ends = starts.clone().skip(1).chain([file.len()]);
        starts.zip(ends).map(move |(start, end)| filled(file.get(start..end).unwrap())).collect::<Vec<_>>()
    };
    for ((id, english), german) in message_ids().into_iter().zip(placeables(Language::English)).zip(placeables(Language::German)) {
        assert_eq!(english, german, "{id}");
    }
}

#[test]
fn every_text_is_said_on_some_page_and_the_operator_can_say_another() {
    for language in Language::ALL {
        let mut texts = OwnTexts::default();
        for id in message_ids() {
            // The waits are said within this one.
            let filled = if id == "problem-too-many" { "{ $wait }" } else { "" };
            texts.set(language, id, &format!("[{id}] {filled}")).unwrap();
        }
        let pages = Pages::load(&PagesSettings { texts, ..PagesSettings::default() }).unwrap();
        let said: String = rendered(&pages).into_iter().filter(|(_, spoken, _)| *spoken == language).map(|(_, _, html)| html).collect();
        let unsaid: Vec<_> = message_ids().into_iter().filter(|id| !said.contains(&format!("[{id}]"))).collect();
        assert_eq!(unsaid, [""; 0], "{language:?}");
    }
}

#[test]
fn numbers_have_the_words_of_their_language() {
    let pages = super::pages();
    let said = |language| -> String {
        let waits = |page: &Page<'_>| !matches!(page, Page::Account(_));
        Pages::samples().iter().filter(|page| waits(page)).map(|page| pages.render(page, language).unwrap()).collect()
    };
    for (language, texts) in [
        (Language::English, ["wait 1 second,", "wait 40 seconds,", "wait 1 minute,", "wait 2 minutes,", "1 hour<", "30 days<"]),
        (Language::German, ["Sie 1 Sekunde ", "Sie 40 Sekunden ", "Sie 1 Minute ", "Sie 2 Minuten ", "1 Stunde<", "30 Tage<"]),
    ] {
        for text in texts {
            assert!(said(language).contains(text), "{text}");
        }
    }
}

#[test]
fn an_own_text_is_one_text_and_nothing_else() {
    let set = |text: &str| OwnTexts::default().set(Language::German, "login-title", text);
    for sound in ["Willkommen", "Zwei\nZeilen", "{\"{\"} Klammer", "", " . ", "Bei { $client }", "eins\nlogin-button = zwei"] {
        assert_eq!(set(sound).is_ok(), !sound.trim().is_empty(), "{sound:?}");
    }
    for broken in ["{", "{ $", "}", "a\n.b = c", "eins\n*[a] b"] {
        assert_eq!(set(broken), Err(IllegalText::Syntax), "{broken:?}");
    }
    assert_eq!(OwnTexts::default().set(Language::German, "login-titel", "x"), Err(IllegalText::UnknownId));
}
