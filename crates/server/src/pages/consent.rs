//! May this application act for you?

use serde::Serialize;

use super::ScopeLine;

/// The question whether an application gets what it asks for: `POST /consent` with `csrf` and `decision`, which
/// is `allow` or `deny`. "Not you?" is `POST /logout` with `csrf`.
#[derive(Clone, Serialize)]
pub struct Consent<'a> {
    /// The form's ticket, with the request that is decided on.
    pub csrf: &'a str,
    /// The name of the application.
    pub client: &'a str,
    /// What it is registered as.
    pub client_id: &'a str,
    /// Whether it registered itself, so that nobody has checked what it says of itself.
    pub registered_itself: bool,
    /// What it asks for; may be empty.
    pub scopes: Vec<ScopeLine<'a>>,
    /// Where it could do that: the resources the request names (RFC 8707); may be empty.
    pub resources: Vec<&'a str>,
    /// How long the permission lasts, in seconds.
    pub lifetime: u64,
    /// The host of the redirect URI, where the browser goes next.
    pub redirect_host: &'a str,
    /// Who is signed in.
    pub username: &'a str,
}

impl Consent<'_> {
    /// With everything, with the least, and of an application that registered itself.
    pub(super) fn samples() -> impl Iterator<Item = Consent<'static>> {
        let full = Consent {
            csrf: "sample-token",
            client: "Photo Album",
            client_id: "photo-album",
            registered_itself: false,
            scopes: ScopeLine::samples(),
            resources: vec!["https://photos.example.com", "https://prints.example.com"],
            lifetime: 2_592_000,
            redirect_host: "album.example.com",
            username: "alice",
        };
        let least = Consent { scopes: Vec::new(), resources: Vec::new(), lifetime: 3600, ..full.clone() };
        let itself = Consent { registered_itself: true, ..full.clone() };
        [full, least, itself].into_iter()
    }
}
