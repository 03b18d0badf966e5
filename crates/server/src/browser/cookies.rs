//! The two cookies: one tells browsers apart, for their forms; the other is the session of who is signed in.
//!
//! With an https issuer they are bound to this host and to TLS (`__Host-`, `Secure`). Without, the issuer's port is in
//! their names, since cookies do not tell ports apart and two servers on one machine must.

use cookie::{Cookie, SameSite};
use http::{HeaderMap, HeaderValue, header};

/// What the cookies are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieNames {
    browser: String,
    session: String,
    secure: bool,
}

/// One of the cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Tells browsers apart.
    Browser,
    /// Says who is signed in.
    Session,
}

impl CookieNames {
    /// The names for this issuer.
    #[must_use]
    pub fn of(issuer: &str) -> Self {
        let secure = issuer.starts_with("https:");
        let prefix = if secure {
            "__Host-keyward".to_owned()
        } else {
            let authority = issuer.split('/').nth(2).unwrap_or_default();
            let port = authority.rsplit_once(':').map_or("80", |(_, port)| port);
            format!("keyward-{port}")
        };
        CookieNames { browser: format!("{prefix}-browser"), session: format!("{prefix}-session"), secure }
    }

    fn name(&self, which: Which) -> &str {
        match which {
            Which::Browser => &self.browser,
            Which::Session => &self.session,
        }
    }

    /// The value that the browser sends.
    #[must_use]
    pub fn read(&self, which: Which, headers: &HeaderMap) -> Option<String> {
        // Another program on this host may have set one with anything in it; that must not hide ours.
        let sent = headers.get_all(header::COOKIE).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        let mut found = sent.flat_map(Cookie::split_parse).filter_map(Result::ok).filter(|cookie| cookie.name() == self.name(which));
        found.next().map(|cookie| cookie.value().to_owned())
    }

    /// The header that sets it, until the browser is closed.
    #[must_use]
    pub fn set(&self, which: Which, value: &str) -> Option<HeaderValue> {
        let cookie = self.made(which, value);
        sensitive(&cookie)
    }

    /// The header that removes it.
    #[must_use]
    pub fn remove(&self, which: Which) -> Option<HeaderValue> {
        let mut cookie = self.made(which, "");
        cookie.set_max_age(cookie::time::Duration::ZERO);
        sensitive(&cookie)
    }

    fn made<'a>(&'a self, which: Which, value: &'a str) -> Cookie<'a> {
        // Lax: whoever comes from an application is known here at once.
        Cookie::build((self.name(which), value)).path("/").http_only(true).secure(self.secure).same_site(SameSite::Lax).build()
    }
}

fn sensitive(cookie: &Cookie<'_>) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(cookie.to_string()).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_n07_cookies_are_bound_to_host_and_tls_and_out_of_reach_of_scripts() {
        let text = |issuer: &str| CookieNames::of(issuer).set(Which::Session, "v").unwrap().to_str().unwrap().to_owned();
        assert_eq!(text("https://as.example"), "__Host-keyward-session=v; HttpOnly; SameSite=Lax; Secure; Path=/");
        assert_eq!(text("http://127.0.0.1:9191"), "keyward-9191-session=v; HttpOnly; SameSite=Lax; Path=/");
        assert_eq!(text("http://as.example/tenant"), "keyward-80-session=v; HttpOnly; SameSite=Lax; Path=/");
        assert!(format!("{:?}", CookieNames::of("https://as.example").set(Which::Session, "canary")).find("canary").is_none());
    }

    #[test]
    fn the_cookie_of_this_name_is_found_among_others() {
        let names = CookieNames::of("http://127.0.0.1:9191");
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("keyward-9292-session=other; keyward-9191-session=own"));
        headers.append(header::COOKIE, HeaderValue::from_bytes(b"other=\xe4\xff; keyward-9191-browser=b").unwrap());
        assert_eq!(names.read(Which::Session, &headers).as_deref(), Some("own"));
        assert_eq!(names.read(Which::Browser, &headers).as_deref(), Some("b"));
        assert_eq!(names.read(Which::Browser, &HeaderMap::new()), None);
    }
}
