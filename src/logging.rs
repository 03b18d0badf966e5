//! Where log lines go: to standard error, as text for people or JSON for machines.

use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::config::log::{LogFormat, LogSettings};

/// Starts logging. Called once.
pub fn start(settings: &LogSettings) {
    // Others would write down more than they should: the client of PostgreSQL, at level debug, every value that is written.
    let level = LevelFilter::from_level(settings.level);
    let level = Targets::new().with_target("keyward", level).with_default(level.min(LevelFilter::WARN));
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(false);
    let lines = match settings.format {
        LogFormat::Text => lines.with_ansi(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).boxed(),
    };
    let _ = tracing_subscriber::registry().with(level).with(lines).try_init();
}
