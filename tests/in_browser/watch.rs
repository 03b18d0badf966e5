//! What a browser wrote down while a page was loaded: its console, its requests, its dialogs.

use serde_json::Value;

use super::chromium::Running;

/// Everything wrong with what happened since this was asked last. Only `hosts` are asked for anything (A13).
pub fn findings(browser: &Running, hosts: &[String]) -> Vec<String> {
    let events: Vec<Value> = browser.log("performance").iter().filter_map(event).collect();
    let pages: Vec<&str> = events.iter().filter_map(page).collect();
    let mut findings: Vec<String> = events.iter().filter_map(|event| wrong_event(event, hosts)).collect();
    findings.extend(browser.log("browser").iter().filter_map(|entry| wrong_message(entry, &pages)));
    findings
}

/// What an entry of the log tells of.
fn event(entry: &Value) -> Option<Value> {
    let entry: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
    Some(entry["message"].clone())
}

/// The address of a page that was asked for.
fn page(event: &Value) -> Option<&str> {
    let parameters = &event["params"];
    let asked = event["method"] == "Network.requestWillBeSent" && parameters["type"] == "Document";
    asked.then(|| parameters["request"]["url"].as_str())?
}

/// A request to somebody else, or a dialog that opened (A15).
fn wrong_event(event: &Value, hosts: &[String]) -> Option<String> {
    let parameters = &event["params"];
    match event["method"].as_str()? {
        "Network.requestWillBeSent" => {
            let url = parameters["request"]["url"].as_str()?;
            let known = hosts.iter().any(|host| url.strip_prefix("http://").is_some_and(|rest| rest.starts_with(&format!("{host}/"))));
            (!known && !url.starts_with("data:")).then(|| format!("a request to {url}"))
        }
        "Page.javascriptDialogOpening" => Some(format!("a dialog opened: {}", parameters["message"])),
        _ => None,
    }
}

/// A line of the console that tells of something wrong. That a page itself came with a status such as 400 is told there too;
/// it is meant to.
fn wrong_message(entry: &Value, pages: &[&str]) -> Option<String> {
    let (level, text) = (entry["level"].as_str()?, entry["message"].as_str()?);
    let (subject, complaint) = text.split_once(" - Failed to load resource: ").unwrap_or_default();
    let own_status = pages.contains(&subject) && complaint.starts_with("the server responded with a status of 4");
    (level != "INFO" && level != "DEBUG" && !own_status).then(|| format!("the console says ({level}): {text}"))
}
