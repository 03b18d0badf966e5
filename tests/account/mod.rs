//! `/account`: a person's own pages.

mod applications;
mod password;
mod sessions;

use crate::html::{Form, Html};
use crate::person::Person;

/// The forms of the account page that post to `action` and have a field `name`.
fn forms(page: &Html, action: &str, name: &str) -> Vec<Form> {
    page.forms.iter().filter(|form| form.action == action && form.fields.iter().any(|(own, _)| own == name)).cloned().collect()
}

/// Posts a form of the account page, which must work, and returns the page it leads to.
fn done(person: &mut Person<'_>, form: &Form) -> Html {
    let answer = person.post(form);
    assert_eq!(answer.status, 303, "{answer:?}");
    let page = person.get(answer.header("location")).page();
    assert!(page.id("notice").is_some_and(|notice| notice.get("role") == "status"), "it says what was done: {}", page.text());
    page
}
