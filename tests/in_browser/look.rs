//! Looking at a page as people do: in both themes, on a desktop and on a phone.
//!
//! Pages that differ only in numbers and in what their fields hold are looked at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::{Mutex, OnceLock};

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::chromium::Running;
use crate::real;

/// What they are called, width and height in CSS pixels, and whether they are a phone's.
const SCREENS: [(&str, u32, u32, bool); 2] = [("desktop", 1280, 800, false), ("phone", 390, 844, true)];

/// The page is of use to everybody: axe-core finds nothing, nothing is cut off. A screenshot of each look is kept.
pub fn look(browser: &Running) {
    let source = browser.now(async |client| client.source().await);
    let title = browser.now(async |client| client.title().await);
    let Some(name) = name_if_new(&source, &title) else { return };
    for (screen, width, height, mobile) in SCREENS {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        browser.devtools("Emulation.setDeviceMetricsOverride", &metrics);
        for theme in ["light", "dark"] {
            let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": theme }] });
            browser.devtools("Emulation.setEmulatedMedia", &media);
            keep_screenshot(browser, &format!("{name}-{screen}-{theme}.png"));
            let found = violations(browser);
            assert!(found.is_empty(), "axe-core on {title:?} ({screen}, {theme}):\n{}", found.join("\n"));
        }
        let too_wide = "const page = document.documentElement; return page.scrollWidth > page.clientWidth";
        let too_wide = browser.now(async |client| client.execute(too_wide, vec![]).await);
        assert_eq!(too_wide, Value::Bool(false), "{title:?} is wider than the {screen}");
    }
}

/// What axe-core finds on the page that is shown.
pub fn violations(browser: &Running) -> Vec<String> {
    static AXE: OnceLock<String> = OnceLock::new();
    let path = real::npm("tests/in_browser").join("node_modules/axe-core/axe.min.js");
    let axe = AXE.get_or_init(|| fs::read_to_string(&path).expect("axe-core is installed"));
    // What the driver runs is not subject to the page's policy; what axe-core would load is, so it loads nothing.
    let run = "const done = arguments[0]; axe.run(document, { preload: false }).then(
                   found => done(found.violations.map(v => `${v.id}: ${v.help}: ${v.nodes.map(n => n.html + ' ' + n.failureSummary)}`)),
                   error => done([String(error)]))";
    browser.with_scripts(|| {
        browser.now(async |client| client.execute(axe, vec![]).await);
        let found = browser.now(async |client| client.execute_async(run, vec![]).await);
        found.as_array().expect("a list").iter().map(|one| one.as_str().unwrap_or_default().to_owned()).collect()
    })
}

/// What to call pictures of a page; nothing if one like it was looked at.
fn name_if_new(source: &str, title: &str) -> Option<String> {
    static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    static NAMED: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());
    let like: String = source.split("value=\"").enumerate().map(|(part, text)| if part == 0 { text } else { after_value(text) }).collect();
    // Times, and the hexadecimal digits of request ids.
    let like = like.replace(|character: char| character.is_ascii_hexdigit(), "");
    if !SEEN.lock().unwrap().insert(like) {
        return None;
    }
    let name = words(title);
    let mut named = NAMED.lock().unwrap();
    let number = named.entry(name.clone()).or_default();
    *number += 1;
    Some(format!("{name}-{number}"))
}

/// What follows the value of an attribute.
fn after_value(text: &str) -> &str {
    text.split_once('"').map_or("", |(_, rest)| rest)
}

fn keep_screenshot(browser: &Running, name: &str) {
    let folder = real::target().join("screenshots");
    fs::create_dir_all(&folder).unwrap();
    let picture = browser.devtools("Page.captureScreenshot", &json!({ "captureBeyondViewport": true }));
    fs::write(folder.join(name), BASE64.decode(picture["data"].as_str().unwrap().as_bytes()).unwrap()).unwrap();
}

/// A page's title without the service's name, as part of a file name.
fn words(title: &str) -> String {
    let own = title.split(" – ").next().unwrap_or(title).to_lowercase();
    own.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}
