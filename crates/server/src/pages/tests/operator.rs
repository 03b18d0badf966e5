//! What an operator may bring, and what is said when it is broken.

use std::{collections::BTreeMap, fs};

use keyward_wire::scope::Scope;
use tempfile::TempDir;

use super::{pages, rendered, tags};
use crate::pages::{Description, Language, OwnTexts, Page, Pages, PagesSettings, ScopeLine};

/// Pages with these files in the operator's folder, or what is wrong with them, without the name of the folder.
fn with_templates(files: &[(&str, &str)]) -> Result<Pages, String> {
    let folder = TempDir::new().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let settings = PagesSettings { templates: Some(folder.path().into()), ..PagesSettings::default() };
    Pages::load(&settings).map_err(|error| error.to_string().replace(&format!("{}/", folder.path().display()), ""))
}

#[test]
fn a_template_of_the_operator_replaces_the_built_in_one_and_no_other() {
    let own = "{% extends \"base.html\" %}{% block title %}x{% endblock %}{% block main %}{% include \"_own.html\" %}{% endblock %}";
    let replaced =
        with_templates(&[("signed_out.html", own), ("_own.html", "<b>{{ page.sign_in }}</b> & { }"), ("notes.txt", "{{")]).unwrap();
    for ((page, _, html), (_, _, built_in)) in rendered(&replaced).into_iter().zip(rendered(&pages())) {
        if let Page::SignedOut(_) = page {
            assert!(html.contains("<b>&#x2f;login</b> & { }") && !html.contains("id=\"sign-in\""), "{html}");
        } else {
            assert_eq!(html, built_in);
        }
    }
}

#[test]
fn a_base_of_the_operator_is_around_every_page() {
    let base = "<html><title>{% block title %}{% endblock %}</title>{{ site.name }}!{% block main %}{% endblock %}</html>";
    for (_, _, html) in rendered(&with_templates(&[("base.html", base)]).unwrap()) {
        assert!(html.starts_with("<html><title>") && html.contains("</title>Keyward!"), "{html}");
    }
}

#[test]
fn a_broken_template_is_named_with_file_and_line() {
    for (name, template, expected) in [
        ("login.html", "\n{% if %}", "login.html:2: syntax error: unexpected end of block"),
        ("login.html", "\n\n{{ page.usernam }}", "login.html:3: undefined value"),
        ("login.html", "{{ t(\"login-titel\") }}", "login.html:1: invalid operation: expected the id of a text, found \"login-titel\""),
        ("login.html", "\n{{ page.username | shout }}", "login.html:2: unknown filter"),
        ("account.html", "\n{{ date_time(\"soon\") }}", "account.html:2: "),
        ("parts.html", "{% macro error(text) %}\n{{ nothing }}{% endmacro %}", "parts.html:2: undefined value"),
        ("login.html", "{% extends \"bass.html\" %}", "login.html:1: template not found"),
        ("logn.html", "", "logn.html: expected one of base.html, parts.html, login.html, "),
    ] {
        let said = with_templates(&[(name, template)]).err().unwrap_or_else(|| panic!("{name} {template} is fine"));
        assert!(said.starts_with(expected), "{said}");
    }
    let in_part = with_templates(&[("sign_out.html", "{% include \"_own.html\" %}"), ("_own.html", "\n\n{{ page.nothing }}")]);
    assert!(in_part.as_ref().is_err_and(|said| said.starts_with("_own.html:3: undefined value")), "{:?}", in_part.err());
}

#[test]
fn files_that_are_not_there_are_named() {
    let settings = PagesSettings { templates: Some("no-such-folder".into()), ..PagesSettings::default() };
    assert!(Pages::load(&settings).is_err_and(|error| error.to_string().starts_with("cannot read no-such-folder: ")));
    let settings = PagesSettings { logo: Some("no-such-logo".into()), ..PagesSettings::default() };
    assert!(Pages::load(&settings).is_err_and(|error| error.to_string().starts_with("cannot read no-such-logo: ")));
}

#[test]
fn a_text_that_wants_what_it_does_not_get_is_found_when_pages_are_loaded() {
    let mut texts = OwnTexts::default();
    texts.set(Language::German, "login-client", "für { $application }").unwrap();
    let error = Pages::load(&PagesSettings { texts, ..PagesSettings::default() }).err().unwrap().to_string();
    assert!(error.starts_with("the built-in login.html:") && error.contains("login-client") && error.contains("$application"), "{error}");
}

#[test]
fn sec_a15_an_own_text_is_a_text_and_no_html() {
    let mut texts = OwnTexts::default();
    texts.set(Language::English, "login-title", "<i>Hello</i>").unwrap();
    let pages = Pages::load(&PagesSettings { texts, name: "Smith & <Co>".into(), ..PagesSettings::default() }).unwrap();
    let html = pages.render(&Pages::samples()[0], Language::English).unwrap();
    assert!(html.contains("&lt;i&gt;Hello&lt;&#x2f;i&gt; – Smith &amp; &lt;Co&gt;</title>"), "{html}");
}

#[test]
fn stylesheet_and_logo_are_asked_for_with_their_versions() {
    let pages = pages();
    let html = pages.render(&Pages::samples()[0], Language::English).unwrap();
    let stylesheet = format!("/assets/pages.css?v={}", pages.stylesheet().1);
    assert!(tags(&html).iter().any(|tag| tag.name == "link" && tag.attribute("href") == Some(&stylesheet)), "{html}");
    assert!(tags(&html).iter().any(|tag| tag.name == "img" && tag.attribute("src").is_some_and(|src| src.starts_with("/assets/logo?v="))));
    assert_eq!(pages.logo().0, "image/svg+xml");
}

#[test]
fn scopes_are_described_in_the_language_of_the_page() {
    let description = Description { english: "See your orders".into(), german: "Ihre Bestellungen sehen".into() };
    let scopes = BTreeMap::from([("read:orders".to_owned(), description)]);
    let pages = Pages::load(&PagesSettings { scopes, ..PagesSettings::default() }).unwrap();
    let scope = Scope::parse("read:orders other").unwrap();
    for (language, text) in [(Language::English, "See your orders"), (Language::German, "Ihre Bestellungen sehen")] {
        let described = ScopeLine { word: "read:orders", description: Some(text) };
        assert_eq!(pages.scope_lines(&scope, language), [described, ScopeLine { word: "other", description: None }]);
    }
}
