//! The person whom a client sends to the server: with cookies, and without a browser.

use std::collections::BTreeMap;

use crate::client::{Answer, Request, Site};
use crate::fixture::DORY;

/// Goes where the client sends people, signs in, says yes, and answers where the browser is sent back to.
pub fn allows(site: &Site, authorize: &str) -> String {
    let own = format!("http://{}", site.address);
    let target = authorize.strip_prefix(&own).unwrap_or_else(|| panic!("the client sends people to {own}: {authorize}"));
    let mut cookies = BTreeMap::new();
    let mut answer = send(site.get(target), &mut cookies);
    for _ in 0..10 {
        let location = answer.header("location").to_owned();
        answer = if location.starts_with('/') {
            send(site.get(&location), &mut cookies)
        } else if !location.is_empty() {
            return location;
        } else if answer.body.contains("id=\"login\"") {
            let form = [("csrf", ticket(&answer, "/login")), ("username", DORY.0), ("password", DORY.1)];
            send(site.post("/login").form(&form), &mut cookies)
        } else {
            let form = [("csrf", ticket(&answer, "/consent")), ("decision", "allow")];
            send(site.post("/consent").form(&form), &mut cookies)
        };
    }
    panic!("the browser goes in circles: {answer:?}")
}

fn send(request: Request<'_>, cookies: &mut BTreeMap<String, String>) -> Answer {
    let sent = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
    let answer = request.header("Cookie", &sent).send();
    for cookie in answer.headers.get_all("set-cookie") {
        let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
        cookies.insert(name.to_owned(), value.to_owned());
    }
    answer
}

/// The ticket of the form that leads to `action`.
fn ticket<'a>(page: &'a Answer, action: &str) -> &'a str {
    let form = page.body.split_once(&format!("action=\"{action}\"")).unwrap_or_else(|| panic!("a form for {action}: {page:?}")).1;
    form.split_once("name=\"csrf\" value=\"").and_then(|(_, rest)| rest.split_once('"')).expect("a ticket").0
}
