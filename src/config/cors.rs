//! Which pages of other origins may call.

use http::{HeaderValue, Uri};
use keyward_server::cors::Cors;

use super::{
    format::{FLAG, Parsed, list, parsed},
    oauth_properties::{OAuthProperties, agree},
    section::Section,
    setting::settings,
};

const ORIGIN: Parsed<String> = parsed("an origin such as \"https://app.example.com\"", parse);

settings! {
    /// Which web pages may call the token, introspection, revocation and metadata endpoints from a browser.
    pub struct CorsSettings in "[cors]" {
        /// Whether any may.
        enabled: bool, FLAG, default(false), example true;
        /// Those that may: scheme, host and port.
        origins: Vec<String>, list(ORIGIN), default(Vec::new()), example ["https://app.example.com"];
    }
}

/// Which pages may call, with what the property spelling says (`authentication.oauth.corsFilter`).
pub fn resolve(section: &Section<'_>, cors: &CorsSettings, properties: &Section<'_>, oauth: &OAuthProperties) -> Cors {
    if let Some(enabled) = &oauth.cors_filter {
        agree(section, ("enabled", &cors.enabled), properties, ("corsFilter", enabled));
    }
    let enabled = oauth.cors_filter.unwrap_or(cors.enabled);
    if enabled && cors.origins.is_empty() && section.sound(&["origins"]) {
        section.warning("origins", "CORS is enabled for no origin; list the origins of the pages that may call".into());
    }
    // What is a URL is a header value too.
    let origins = cors.origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
    Cors { enabled, origins }
}

fn parse(text: &str) -> Result<String, String> {
    match text {
        _ if text.contains('*') => return Err("list each origin, without wildcards".into()),
        "null" => return Err("null is what pages without an origin send, anyone's".into()),
        _ => {}
    }
    let url = text.parse::<Uri>().ok();
    let plain = url.as_ref().and_then(|url| Some(format!("{}://{}", url.scheme_str()?, url.authority()?)));
    match plain {
        Some(plain) if plain.contains('@') => Err("leave out the user name".into()),
        Some(plain) if plain == text && text == text.to_ascii_lowercase() => Ok(text.into()),
        Some(plain) => Err(format!("write it as browsers send it: {:?}", plain.to_ascii_lowercase())),
        None => Err("write scheme and host".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sec_p10_an_origin_is_scheme_host_and_port_and_never_everyone() {
        for text in ["https://app.example.com", "http://localhost:3000"] {
            assert_eq!(parse(text).as_deref(), Ok(text));
        }
        for text in ["*", "null", "app.example.com", "https://app.example.com/", "https://App.example.com", "https://a@b", "https://*"] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
}
