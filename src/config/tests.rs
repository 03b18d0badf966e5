//! What is said of configuration files that are wrong, and what is made of those that are right.

mod refused;
mod resolved;
mod secrets;
mod warned;

use std::path::Path;

use super::{Config, parse, problem::LoadError};

/// The least that is valid, in three lines.
const LEAST: &str = "issuer = \"http://127.0.0.1:8080\"\n[[listener]]\naddress = \"127.0.0.1:8080\"\n";

/// What is made of `text`, in an environment without variables.
fn read(text: &str) -> Result<Config, LoadError> {
    parse(Path::new("keyward.toml"), text, &|_| None)
}

/// What is made of [`LEAST`] and, from line 4 on, `more`.
fn valid(more: &str) -> Config {
    read(&format!("{LEAST}{more}")).unwrap_or_else(|error| panic!("{more}\n{error}"))
}

/// What is wrong with `text`, without the name of the file.
fn problems(text: &str) -> Vec<String> {
    match read(text) {
        Ok(_) => Vec::new(),
        Err(LoadError::Invalid(problems)) => {
            problems.iter().map(|problem| problem.to_string().strip_prefix("keyward.toml:").unwrap().to_owned()).collect()
        }
        Err(other) => panic!("{other}"),
    }
}
