//! What people and applications wrote, on every page.

use minijinja::value::{Serde, Value as PageValue};
use serde_json::Value;

use super::{Tag, pages, tags};
use crate::pages::{Language, Page, Pages};

/// What chooses between texts; no one from outside does.
const CHOICES: [&str; 5] = ["kind", "notice", "problem", "through", "decision"];

/// The data of a page with `text` wherever a text stands.
fn with_text(page: &Page<'_>, text: &str) -> PageValue {
    let mut data = serde_json::to_value(page).unwrap();
    replace(&mut data, text);
    PageValue::from(Serde(data))
}

fn replace(value: &mut Value, text: &str) {
    match value {
        Value::String(old) if !old.is_empty() => *old = text.into(),
        Value::Array(list) => list.iter_mut().for_each(|one| replace(one, text)),
        Value::Object(map) => {
            for (key, one) in map.iter_mut() {
                if !(one.is_string() && CHOICES.contains(&key.as_str())) {
                    replace(one, text);
                }
            }
        }
        _ => {}
    }
}

/// Names of tags and attributes, without what the attributes say.
fn shape(html: &str) -> Vec<(String, Vec<String>)> {
    let names = |tag: &Tag<'_>| tag.attributes.iter().map(|(name, _)| (*name).to_owned()).collect();
    tags(html).iter().map(|tag| (tag.name.to_owned(), names(tag))).collect()
}

#[test]
fn sec_a15_no_text_from_outside_becomes_html_on_any_page() {
    let pages = pages();
    for language in Language::ALL {
        for page in Pages::samples() {
            let filled = |text| pages.templates.fill(page.template(), with_text(&page, text), language).unwrap();
            let harmless = filled("harmless");
            assert_eq!(harmless.contains("harmless"), !matches!(&page, Page::DeviceDone(_)), "{harmless}");
            for attack in [
                "<script>alert(1)</script>",
                "\"><img src=x onerror=alert(1)>",
                "' autofocus onfocus='alert(1)",
                "</title></textarea><svg onload=alert(1)>",
                "{{ 7777 * 3 }}{% raw %}{ $client }",
                "&lt;b&gt;",
            ] {
                let html = filled(attack);
                assert_eq!(shape(&html), shape(&harmless), "{attack} on {}", page.template());
                assert!(!html.contains(attack) || !attack.contains(['<', '"', '\'', '&']), "{attack}: {html}");
                assert!(!html.contains("23331"), "{html}");
            }
        }
    }
}

#[test]
fn sec_a15_no_text_from_outside_turns_the_order_of_what_is_read() {
    let pages = pages();
    for page in Pages::samples() {
        let turned = pages.templates.fill(page.template(), with_text(&page, "gro\u{202e}\u{2066}live\u{7}"), Language::English).unwrap();
        // Values that are sent back stay as they are: nobody reads them.
        let shown = outside_of_tags(&turned);
        assert!(!shown.contains(['\u{202e}', '\u{2066}', '\u{7}']), "{}: {shown}", page.template());
        assert!(shown.contains("grolive") || !matches!(page, Page::Consent(_) | Page::Account(_) | Page::DeviceConfirm(_)), "{shown}");
    }
}

fn outside_of_tags(html: &str) -> String {
    let (mut inside, mut quoted) = (false, false);
    let outside = |one: &char| {
        quoted ^= inside && *one == '"';
        let was_inside = inside;
        inside = *one == '<' || (inside && (quoted || *one != '>'));
        !inside && !was_inside
    };
    html.chars().filter(outside).collect()
}
