//! Where log lines go: to standard error, as text for people or JSON for machines.

use tracing_subscriber::{Layer, filter::LevelFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::log::{LogFormat, LogSettings};

/// Starts logging. Called once.
pub fn start(settings: &LogSettings) {
    let level = LevelFilter::from_level(settings.level);
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(false);
    let lines = match settings.format {
        LogFormat::Text => lines.with_ansi(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).boxed(),
    };
    let _ = tracing_subscriber::registry().with(level).with(lines).try_init();
}
