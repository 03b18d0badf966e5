//! How long people stay signed in.

use keyward_rules::{model::time::Seconds, session::Lasting};

use super::{
    format::{Duration, HOUR, YEAR, duration},
    section::Section,
    setting::settings,
};

const SESSION: Duration = duration(Seconds(60), YEAR);

settings! {
    /// How long people stay signed in, in a browser. What they allowed applications does not end when that time runs out; it
    /// does when they sign out, unless the application has the scope `offline_access`.
    pub struct SessionSettings in "[sessions]" {
        /// How long without being used.
        idle: Seconds, SESSION, default(HOUR), example "30m";
        /// How long in all, however much they are used.
        lifetime: Seconds, SESSION, default(Seconds(12 * HOUR.0)), example "8h";
    }
}

/// The settings, if they fit together.
pub fn resolve(section: &Section<'_>, settings: &SessionSettings) -> Lasting {
    if settings.idle > settings.lifetime && section.sound(&["idle", "lifetime"]) {
        section.problem("idle", "expected at most sessions.lifetime, found more; shorten idle, or lengthen lifetime".into());
    }
    Lasting { idle: settings.idle, lifetime: settings.lifetime }
}
