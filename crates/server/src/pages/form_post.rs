//! An answer on its way to an application, as a form (OAuth 2.0 Form Post Response Mode).

use serde::Serialize;

/// The one script of all pages: it sends the form.
pub(super) const SCRIPT: &str = "document.forms[0].submit()";

/// What a content security policy lets it run with: `script-src 'sha256-…'`.
pub const FORM_POST_SCRIPT_HASH: &str = "sha256-ePniVEkSivX/c7XWBGafqh8tSpiRrKiqYeqbG7N1TOE=";

/// A form that sends itself, or is sent with its button where there is no JavaScript.
#[derive(Clone, Serialize)]
pub struct FormPost<'a> {
    /// The redirect URI.
    pub action: &'a str,
    /// The name of the application.
    pub client: &'a str,
    /// What the answer says.
    pub fields: Vec<Field<'a>>,
}

/// A parameter of an answer.
#[derive(Clone, Copy, Serialize)]
pub struct Field<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its value, sent as it is.
    pub value: &'a str,
}

impl FormPost<'_> {
    /// An answer with a code.
    pub(super) fn samples() -> impl Iterator<Item = FormPost<'static>> {
        let fields = vec![Field { name: "code", value: "sample-code" }, Field { name: "state", value: "sample-state" }];
        [FormPost { action: "https://album.example.com/callback", client: "Photo Album", fields }].into_iter()
    }
}
