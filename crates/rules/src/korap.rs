//! What clients may do that users register with the KorAP API.

use keyward_wire::{
    korap::{
        registration::{ClientType, LONGEST_REFRESH, WantedClient},
        scopes::{CLIENT_INFO, of_third_parties},
    },
    profile::ProfileName,
    scope::Scope,
    token_request::GrantType,
};

use crate::{
    model::{
        client::{About, AccessFormat, ClientKind, Registration},
        time::Seconds,
    },
    privilege::super_client,
};

/// How long their codes lie unredeemed.
const CODE: Seconds = Seconds(600);

/// What `wanted` is registered for. Without a redirect URI there is nowhere to send codes to, and it gets none.
#[must_use]
pub fn registration(wanted: WantedClient) -> Registration {
    let confidential = wanted.kind == ClientType::Confidential;
    let mut grants = Vec::new();
    if wanted.redirect_uri.is_some() {
        grants.push(GrantType::AuthorizationCode);
    }
    if confidential {
        grants.extend([GrantType::RefreshToken, GrantType::ClientCredentials]);
    }
    Registration {
        name: wanted.name,
        permitted: wanted.source.is_none(),
        about: About { description: Some(wanted.description), url: wanted.url, source: wanted.source },
        kind: if confidential { ClientKind::Confidential } else { ClientKind::Public },
        super_client: false,
        first_party: false,
        grants,
        redirect_uris: wanted.redirect_uri.into_iter().collect(),
        response_modes: Registration::default_response_modes(),
        // The applications that register here are older than PKCE; who sends a challenge is held to it.
        require_pkce: false,
        code_lifetime: CODE,
        scopes: of_third_parties(),
        default_scopes: Scope::default(),
        client_credentials_scopes: confidential.then(|| [CLIENT_INFO].into_iter().collect()),
        audiences: vec![],
        resource_server_for: vec![],
        profiles: vec![ProfileName::Korap],
        access_lifetime: if confidential { Seconds::DAY } else { Seconds(LONGEST_REFRESH) },
        password_access_lifetime: None,
        refresh_lifetime: Seconds(wanted.refresh_token_expiry),
        refresh_idle: None,
        refresh_grace: Seconds(0),
        rotate: true,
        rotation_ends_access_tokens: true,
        access_format: AccessFormat::Opaque,
    }
}

/// What the super client is registered for that a server begins with.
#[must_use]
pub fn initial_super_client() -> Registration {
    super_client(registration(WantedClient {
        name: "initial super client".to_owned(),
        kind: ClientType::Confidential,
        description: "Made at the first start".to_owned(),
        url: None,
        redirect_uri: None,
        refresh_token_expiry: LONGEST_REFRESH,
        source: None,
    }))
}
