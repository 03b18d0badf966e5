//! The KorAP API.

use keyward_rules::throttle::Rate;
use keyward_server::korap::Settings;

use super::{
    format::{FLAG, number},
    setting::settings,
};

settings! {
    /// The KorAP API, on the listeners of the profile `korap`.
    pub struct KorapSettings in "[korap]" {
        /// Whether users may prove who they are there by name and password (`Authorization: Basic`), not only by access token.
        /// Passwords that a browser sends are never taken.
        basic_auth: bool, FLAG, default(true), example false;
        /// How many requests a minute it takes with one access token; as many may come at once. Further ones are answered 429.
        /// 0 is no limit. The token endpoint is not counted.
        rate_limit: u32, number(0, Rate::MOST), default(60), example 600;
    }
}

/// What holds for the API.
pub fn resolve(settings: &KorapSettings) -> Settings {
    Settings { basic_auth: settings.basic_auth, rate: Rate::per_minute(settings.rate_limit) }
}
