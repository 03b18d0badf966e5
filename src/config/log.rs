//! What is logged, to standard error.

use tracing::Level;

use super::{
    format::{Choice, choice},
    setting::settings,
};

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

const FORMAT: Choice<LogFormat> = choice(&[("text", LogFormat::Text), ("json", LogFormat::Json)]);
const LEVEL: Choice<Level> =
    choice(&[("error", Level::ERROR), ("warn", Level::WARN), ("info", Level::INFO), ("debug", Level::DEBUG), ("trace", Level::TRACE)]);

settings! {
    /// What is logged, to standard error. No line ever holds a secret or a token.
    pub struct LogSettings in "[log]" {
        /// `text` for people, `json` for machines: one object per line.
        format: LogFormat, FORMAT, default(LogFormat::Text), example "json";
        /// The least important lines that are written.
        level: Level, LEVEL, default(Level::INFO), example "debug";
    }
}
