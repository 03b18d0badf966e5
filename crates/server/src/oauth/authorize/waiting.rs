//! A request while it waits for a person: as a path of this server, to go on with later.

use keyward_rules::requested::Allowed;
use keyward_wire::{
    audience::Audience,
    error::{Code, Refusal},
    form::Form,
    scope::Scope,
};
use serde::{Deserialize, Serialize};

/// The longest request that waits, as a URL in bytes: it comes back in a field of a form, sealed, and then in the head of a
/// request.
const LONGEST: usize = 8 * 1024;

/// What waits behind the page that asks for consent: the request, and what the page says it is for. What the client may have can
/// change while the page lies open.
#[derive(Serialize, Deserialize)]
pub struct Asked {
    target: String,
    scope: Scope,
    audience: Vec<Audience>,
}

impl Asked {
    /// Of a page that says what is `allowed` to the request `target`.
    #[must_use]
    pub fn new(target: String, allowed: &Allowed) -> Self {
        Asked { target, scope: allowed.scope.clone(), audience: allowed.audience.clone() }
    }

    /// Reads what [`Asked::written`] wrote.
    ///
    /// # Errors
    /// [`Code::FormStale`]: another version of this server wrote it.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        serde_json::from_str(text).map_err(|error| Refusal::new(Code::FormStale, "consent_ticket", error.to_string()))
    }

    /// For the ticket of the page.
    ///
    /// # Errors
    /// [`Code::Defect`].
    pub fn written(&self) -> Result<String, Refusal> {
        serde_json::to_string(self).map_err(|error| Refusal::new(Code::Defect, "consent_ticket", error.to_string()))
    }

    /// Where the request goes on.
    #[must_use]
    pub fn target(self) -> String {
        self.target
    }

    /// The request again: its path and its query.
    #[must_use]
    pub fn request(&self) -> (&str, &str) {
        self.target.split_once('?').unwrap_or((&self.target, ""))
    }

    /// Whether the page said just this.
    #[must_use]
    pub fn said(&self, allowed: &Allowed) -> bool {
        self.scope == allowed.scope && self.audience == allowed.audience
    }
}

/// The request as a path of this server; `keep` says what becomes of each parameter.
///
/// # Errors
/// [`Code::RequestTooLong`].
pub fn waiting(path: &str, form: &Form<'_>, keep: impl Fn(&str, &str) -> Option<String>) -> Result<String, Refusal> {
    let target = format!("{path}?{}", form.encoded(keep));
    if target.len() <= LONGEST {
        return Ok(target);
    }
    let reason = format!("a request that waits for a person has at most {LONGEST} bytes as a URL; this one has {}", target.len());
    Err(Refusal::new(Code::RequestTooLong, "request_length", reason))
}

/// The request as it goes on once somebody has signed in: that they had to is done.
pub fn once_signed_in(name: &str, value: &str) -> Option<String> {
    match name {
        "max_age" => None,
        "prompt" => {
            let rest: Vec<&str> = value.split(' ').filter(|word| !matches!(*word, "login" | "select_account")).collect();
            (!rest.is_empty()).then(|| rest.join(" "))
        }
        _ => as_it_is(name, value),
    }
}

/// Every parameter as it came.
pub fn as_it_is(_: &str, value: &str) -> Option<String> {
    Some(value.to_owned())
}
