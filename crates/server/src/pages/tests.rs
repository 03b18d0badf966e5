//! Every page in every state and language: that it renders, says everything it can say, and escapes what people wrote.

mod escaping;
mod forms;
mod operator;
mod translations;

use std::collections::HashMap;

use super::{Language, Page, Pages, PagesSettings};

/// The pages as they are without an operator.
fn pages() -> Pages {
    Pages::load(&PagesSettings::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// Every sample in every language, as HTML.
fn rendered(pages: &Pages) -> Vec<(Page<'static>, Language, String)> {
    let each = |language| Pages::samples().into_iter().map(move |page| (language, page));
    let all = Language::ALL.into_iter().flat_map(each);
    all.map(|(language, page)| {
        let html = pages.render(&page, language).unwrap();
        (page, language, html)
    })
    .collect()
}

/// A tag of a page: its name and its attributes, in order. An attribute without a value has an empty one.
#[derive(Debug, PartialEq)]
struct Tag<'h> {
    name: &'h str,
    attributes: Vec<(&'h str, &'h str)>,
}

impl<'h> Tag<'h> {
    fn attribute(&self, name: &str) -> Option<&'h str> {
        self.attributes.iter().find(|(one, _)| *one == name).map(|(_, value)| *value)
    }
}

/// The tags of a page as a browser would see them: a `>` inside of quotes ends none.
fn tags(html: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some((_, from)) = rest.split_once('<') {
        let mut quoted = false;
        let end = from
            .find(|one| {
                (one == '>' && !quoted) || {
                    quoted ^= one == '"';
                    false
                }
            })
            .unwrap();
        let (tag, after) = from.split_at(end);
        let (name, mut attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        let mut found = Vec::new();
        while !attributes.trim().is_empty() {
            attributes = attributes.trim_start();
            let end = attributes.find(['=', ' ']).unwrap_or(attributes.len());
            let (key, after) = attributes.split_at(end);
            let (value, after) = match after.strip_prefix("=\"") {
                Some(value) => value.split_once('"').unwrap(),
                None => ("", after),
            };
            found.push((key, value));
            attributes = after;
        }
        tags.push(Tag { name, attributes: found });
        rest = after;
    }
    tags
}

/// The text between two marks.
fn between<'h>(html: &'h str, from: &str, to: &str) -> &'h str {
    html.split_once(from).unwrap_or_else(|| panic!("{from}: {html}")).1.split_once(to).unwrap().0
}

#[test]
fn every_page_renders_in_every_language_and_says_which_it_is() {
    for (_, language, html) in rendered(&pages()) {
        assert!(html.starts_with(&format!("<!doctype html>\n<html lang=\"{}\">", language.tag())), "{html}");
        assert_eq!(tags(&html).iter().filter(|tag| matches!(tag.name, "main" | "h1" | "title")).count(), 3, "{html}");
    }
}

#[test]
fn every_page_has_a_title_of_its_own() {
    let mut titles = HashMap::new();
    for (page, language, html) in rendered(&pages()) {
        let title = between(&html, "<title>", "</title>").to_owned();
        let of_allowed = matches!(page, Page::DeviceDone(done) if done.allowed);
        let first = titles.entry((language, title.clone())).or_insert((page.template(), of_allowed));
        assert_eq!(*first, (page.template(), of_allowed), "{title}");
    }
}

#[test]
fn no_page_needs_anything_from_elsewhere_or_holds_style_or_script() {
    for (page, _, html) in rendered(&pages()) {
        for tag in tags(&html) {
            assert!(tag.name != "style" && (tag.name != "script" || matches!(page, Page::FormPost(_))), "{tag:?}");
            for (name, value) in &tag.attributes {
                let loads = matches!(*name, "src" | "href" | "srcset" | "poster" | "data");
                assert!(*name != "style" && !name.starts_with("on"), "{tag:?}");
                assert!(!loads || value.starts_with('/') || value.starts_with("&#x2f;") && !value.starts_with("&#x2f;&#x2f;"), "{tag:?}");
            }
        }
    }
}

#[test]
fn an_id_is_there_once_and_what_refers_to_it_finds_it() {
    for (_, _, html) in rendered(&pages()) {
        let tags = tags(&html);
        let ids: Vec<_> = tags.iter().filter_map(|tag| tag.attribute("id")).collect();
        for tag in &tags {
            let id = tag.attribute("id");
            assert!(id.is_none() || ids.iter().filter(|one| Some(**one) == id).count() == 1, "{id:?}");
            for reference in ["for", "aria-describedby", "aria-labelledby"].iter().filter_map(|name| tag.attribute(name)) {
                assert!(ids.contains(&reference), "{reference}: {html}");
            }
        }
    }
}
