//! What a client may do that is there for old applications only.

use keyward_rules::model::client::Registration;
use keyward_wire::token_request::GrantType;

use crate::terminal::remark;

/// Points out each of it.
pub fn warn(registration: &Registration) {
    let grants = [
        (GrantType::Password, "its applications see their users' passwords"),
        (GrantType::Implicit, "tokens go through the browser's address, where they leak"),
    ];
    for (grant, why) in grants.into_iter().filter(|(grant, _)| registration.may_use(*grant)) {
        let grant = grant.as_str();
        remark(format_args!("warning: the grant {grant} is for applications that know nothing else: {why}; prefer authorization_code"));
    }
    if registration.may_use(GrantType::AuthorizationCode) && !registration.require_pkce {
        remark(
            "warning: without PKCE, a code that leaks can be redeemed by others; leave out --require-pkce=false if the application can use it",
        );
    }
}
