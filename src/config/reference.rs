//! The reference page, `docs/configuration.md`, made of the declarations.

use std::fmt::Write;

use toml::de::{DeTable, DeValue};

use super::{
    audience::AudienceSettings,
    client::ClientSettings,
    cors::CorsSettings,
    directory::DirectoryFileSettings,
    issuer::TopSettings,
    keys::KeyFileSettings,
    korap::KorapSettings,
    limits::LimitSettings,
    listener::ListenerFileSettings,
    log::LogSettings,
    metrics::MetricsSettings,
    oauth_properties::OAuthProperties,
    pages::{PagesFileSettings, ScopeSettings},
    passwords::PasswordSettings,
    registration::RegistrationSettings,
    sessions::SessionSettings,
    setting::Settings,
    store::StoreSettings,
    throttle::ThrottleSettings,
    tokens::TokenSettings,
    user::UserSettings,
};

/// What the page says of one kind of section.
pub struct Page {
    /// The line above its settings in the file; empty at the top.
    pub title: &'static str,
    /// What it is for, in lines.
    pub about: &'static [&'static str],
    /// Its settings.
    pub entries: Vec<Entry>,
}

/// What the page says of one setting.
pub struct Entry {
    /// Its name.
    pub key: &'static str,
    /// Its type.
    pub expected: String,
    /// What holds without it.
    pub absence: String,
    /// What it means, in lines.
    pub meaning: &'static [&'static str],
    /// An example, as TOML.
    pub example: &'static str,
    /// Whether a value has its form.
    pub reads: fn(&DeValue<'_>) -> bool,
}

fn pages() -> Vec<Page> {
    vec![
        TopSettings::page(),
        StoreSettings::page(),
        KeyFileSettings::page(),
        TokenSettings::page(),
        LogSettings::page(),
        MetricsSettings::page(),
        LimitSettings::page(),
        PasswordSettings::page(),
        ThrottleSettings::page(),
        SessionSettings::page(),
        CorsSettings::page(),
        KorapSettings::page(),
        ListenerFileSettings::page(),
        PagesFileSettings::page(),
        ScopeSettings::page(),
        AudienceSettings::page(),
        ClientSettings::page(),
        RegistrationSettings::page(),
        UserSettings::page(),
        DirectoryFileSettings::page(),
        OAuthProperties::page(),
    ]
}

const INTRODUCTION: &str = "\
# Configuration

<!-- Made of the declarations in src/config; a test keeps it true. To write it anew:
     KEYWARD_WRITE_REFERENCE=1 cargo test --bin keyward reference -->

Keyward reads one file, `keyward.toml` unless `--config FILE` names another. `keyward init DIR` writes one to
begin with, `keyward check-config` says what is wrong with one. What is unknown, misspelt or contradictory is an
error that names line, column and setting; nothing is guessed.

- Relative paths start at the folder of the file.
- Durations are a number and a unit: `\"30s\"`, `\"10m\"`, `\"1h\"`, `\"30d\"`, `\"1h 30m\"`. The spelling `\"30S\"`, `\"10M\"`, `\"1H\"`,
  `\"1D\"` is understood too; there `M` is minutes.
- Sizes are in the unit their setting names, without a suffix.

The examples show every setting once; not all of them go together.
";

fn written() -> String {
    let mut page = INTRODUCTION.to_owned();
    for section in pages() {
        let Page { title, about, entries } = &section;
        let heading = if title.is_empty() { "The top of the file".to_owned() } else { format!("`{title}`") };
        let _ = write!(page, "\n## {heading}\n\n{}\n\n", joined(about));
        page += "| setting | expected | default | meaning |\n|---|---|---|---|\n";
        for Entry { key, expected, absence, meaning, .. } in entries {
            let _ = writeln!(page, "| `{key}` | {} | {} | {} |", cell(expected), cell(absence), cell(&joined(meaning)));
        }
        page += "\n```toml\n";
        if !title.is_empty() {
            let _ = writeln!(page, "{title}");
        }
        for Entry { key, example, .. } in entries {
            let _ = writeln!(page, "{key} = {example}");
        }
        page += "```\n";
    }
    page
}

fn joined(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[test]
fn the_reference_page_is_what_the_declarations_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");
    if std::env::var_os("KEYWARD_WRITE_REFERENCE").is_some() {
        std::fs::write(path, written()).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == written(), "docs/configuration.md is out of date: KEYWARD_WRITE_REFERENCE=1 cargo test --bin keyward reference");
}

#[test]
fn every_example_of_the_reference_page_is_read_without_complaint() {
    for Page { title, entries, .. } in pages() {
        for Entry { key, example, reads, .. } in entries {
            let text = format!("example = {example}");
            let table = DeTable::parse(&text).unwrap();
            assert!(reads(table.get_ref().get("example").unwrap().get_ref()), "{title} {key} = {example}");
        }
    }
}

#[test]
fn every_default_that_the_reference_page_shows_is_read_without_complaint() {
    for Page { title, entries, .. } in pages() {
        for Entry { key, absence, reads, .. } in entries {
            let Some(default) = absence.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).filter(|text| !text.contains('`')) else {
                continue;
            };
            let text = format!("default = {default}");
            let Ok(table) = DeTable::parse(&text) else { continue };
            assert!(reads(table.get_ref().get("default").unwrap().get_ref()), "{title} {key} = {default}");
        }
    }
}
