//! The root key and the keys that sign.

use std::path::PathBuf;

use keyward_rules::model::time::Seconds;
use keyward_store::root_key::RootKeySource;
use keyward_wire::jwt::Algorithm;

use super::{
    format::{Choice, DAY, MINUTE, PATH, TEXT, choice, duration},
    section::Section,
    setting::settings,
};

/// The algorithms that access tokens can be signed with.
pub const ALGORITHM: Choice<Algorithm> = choice(&[("EdDSA", Algorithm::EdDSA), ("ES256", Algorithm::ES256), ("RS256", Algorithm::RS256)]);

settings! {
    /// The keys that tokens are made with. They lie in the store, wrapped by one root key that is kept elsewhere.
    pub struct KeyFileSettings in "[keys]" {
        /// The file of the root key: private to the user the server runs as, made at the first start. Back it up
        /// apart from the store: each is useless without the other.
        root_key_file: PathBuf, PATH, optional("`\"root.key\"` unless `root_key_env` is given"), example "/etc/keyward/root.key";
        /// The environment variable that holds the root key, instead of a file. Nothing is made there; a new key is what
        /// this prints: `echo keyward-root-key-1:$(head -c 32 /dev/urandom | base64 | tr +/ -_ | tr -d =)`. Keep a copy
        /// apart from the store.
        root_key_env: String, TEXT, optional("none"), example "KEYWARD_ROOT_KEY";
        /// How long a new signing key is published before it signs: at least as long as resource servers keep
        /// the key set.
        publish_before_use: Seconds, duration(Seconds(0), Seconds(7 * DAY.0)), default(Seconds(10 * MINUTE.0)), example "1h";
        /// What signs JWT access tokens, unless a client or an audience says otherwise.
        algorithm: Algorithm, ALGORITHM, default(Algorithm::EdDSA), example "ES256";
    }
}

/// The keys, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySettings {
    /// Where the root key is.
    pub root_key: RootKeySource,
    /// How long a new signing key is published before it signs.
    pub publish_before_use: Seconds,
    /// What signs JWT access tokens.
    pub algorithm: Algorithm,
}

/// Settles where the root key is.
pub fn resolve(section: &Section<'_>, settings: KeyFileSettings) -> KeySettings {
    section.only_one_of(&["root_key_file", "root_key_env"]);
    let root_key = match (settings.root_key_file, settings.root_key_env) {
        (None, Some(name)) => RootKeySource::Variable(name),
        (path, _) => RootKeySource::File(section.file().resolve(&path.unwrap_or_else(|| "root.key".into()))),
    };
    KeySettings { root_key, publish_before_use: settings.publish_before_use, algorithm: settings.algorithm }
}
