//! The KorAP API.

use std::path::{Path, PathBuf};

use keyward_rules::throttle::Rate;
use keyward_server::korap::Settings;
use keyward_store::root_key::RootKeySource;

use super::{
    format::{FLAG, PATH, number},
    keys::KeySettings,
    section::Section,
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
        /// How many clients one user may have registered there.
        clients_per_user: u32, number(0, 1_000_000), default(100), example 20;
        /// The file of the administrators' own token, which is sent as a form: private to the user the server runs as, made at the
        /// first start. A reload takes over another one.
        admin_token_file: PathBuf, PATH, optional("`\"adminToken\"`"), example "/etc/keyward/adminToken";
        /// Whether a first start makes a super client, so that there is one to begin with.
        initial_super_client: bool, FLAG, default(false), example true;
        /// The file that its id and secret are written to, as JSON. It is made once; from then on the client it names is
        /// registered whenever the store does not have it.
        super_client_file: PathBuf, PATH, optional("`\"super_client_info\"`"), example "/etc/keyward/super_client_info";
    }
}

/// What holds for the API.
pub fn resolve(settings: &KorapSettings) -> Settings {
    let KorapSettings { basic_auth, clients_per_user, .. } = *settings;
    Settings { basic_auth, rate: Rate::per_minute(settings.rate_limit), clients_per_user }
}

/// The files of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KorapFiles {
    /// The administrators' own token.
    pub admin_token: PathBuf,
    /// The initial super client, if there is to be one.
    pub super_client: Option<PathBuf>,
}

/// Where the files of the API are.
pub fn files(section: &Section<'_>, settings: &KorapSettings) -> KorapFiles {
    let named = |path: &Option<PathBuf>, otherwise: &str| section.file().resolve(path.as_deref().unwrap_or(otherwise.as_ref()));
    if settings.super_client_file.is_some() && !settings.initial_super_client && section.sound(&["initial_super_client"]) {
        let message = "nothing is made or read there without initial_super_client = true; add it, or remove super_client_file";
        section.warning("super_client_file", message.into());
    }
    KorapFiles {
        admin_token: named(&settings.admin_token_file, "adminToken"),
        super_client: settings.initial_super_client.then(|| named(&settings.super_client_file, "super_client_info")),
    }
}

/// Records files of the API that are the store, the root key or each other: whoever makes the one would destroy the other.
pub fn refuse_files_of_others(section: &Section<'_>, files: &KorapFiles, database: Option<&Path>, keys: &KeySettings) {
    let root_key = match &keys.root_key {
        RootKeySource::File(path) => Some(path.as_path()),
        RootKeySource::Variable(_) => None,
    };
    let admin_token = files.admin_token.as_path();
    let refuse = |key, path: &Path, taken: &[Option<&Path>]| {
        if taken.contains(&Some(path)) {
            let message = format!("expected a file of its own, found {}, which holds something else; name another one", path.display());
            section.problem(key, message);
        }
    };
    refuse("admin_token_file", admin_token, &[database, root_key]);
    if let Some(path) = &files.super_client {
        refuse("super_client_file", path, &[database, root_key, Some(admin_token)]);
    }
}
