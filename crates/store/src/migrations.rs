//! The steps from one schema to the next, oldest first. A step that was released is never changed.

/// The steps; the schema number is how many of them were taken.
pub const STEPS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_authorization_endpoint.sql"),
    include_str!("migrations/0003_device_codes.sql"),
    include_str!("migrations/0004_registry.sql"),
    include_str!("migrations/0005_session_epochs.sql"),
    include_str!("migrations/0006_registration.sql"),
    include_str!("migrations/0007_several_nodes.sql"),
];

/// The newest schema.
pub fn newest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// A step as SQLite reads it.
pub fn for_sqlite(step: &str) -> String {
    step.replace("/* clustered */", "WITHOUT ROWID")
}
