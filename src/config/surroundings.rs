//! What a server opens besides its configuration: looked at beforehand, so that a start fails on paper first.

use std::path::Path;

use keyward_server::{
    directory::{Directory, DirectorySettings},
    korap::{admin_token::AdminToken, initial},
    listener::{CertificateError, Certificates},
    pages::{Pages, PagesError, PagesSettings},
};
use keyward_store::{
    Place,
    root_key::{RootKeyError, RootKeySource, RootKeys},
    sqlite,
};
use keyward_wire::profile::ProfileName;

use super::{Config, listener::ConfiguredListener, section::Section};

/// Records what would keep a server from starting with `config`, which was read from `top`. Makes nothing.
pub fn check(top: &Section<'_>, config: &Config) {
    store(&top.section("store"), &config.store);
    root_key(&top.section("keys"), &config.keys.root_key);
    for (section, listener) in top.sections("listener").iter().zip(&config.listeners) {
        certificate(section, listener);
    }
    pages(&top.section("pages"), &config.pages);
    if let Some(settings) = &config.directory {
        directory(&top.section("directory"), settings);
    }
    if config.listeners.iter().any(|listener| listener.profile == ProfileName::Korap) {
        let file = &config.korap_files.admin_token;
        let found = AdminToken::load(file).map(|own| own.is_some()).map_err(|error| error.to_string());
        private_file(&top.section("korap"), "admin_token_file", file, found);
    }
    if let Some(file) = &config.korap_files.super_client {
        private_file(&top.section("korap"), "super_client_file", file, initial::check(file).map_err(|error| error.to_string()));
    }
}

/// Records why the file that a first start makes cannot be used or made; `found` says whether it is there.
fn private_file(section: &Section<'_>, key: &'static str, file: &Path, found: Result<bool, String>) {
    let usable = found.and_then(|there| if there { Ok(()) } else { takes_files(file) });
    if let Err(message) = usable {
        section.problem(key, message);
    }
}

fn store(section: &Section<'_>, place: &Place) {
    let opens = match place {
        Place::Sqlite(file) => sqlite::check(file).map_err(|error| error.to_string()).and_then(|()| takes_files(file)),
        Place::Postgres(address) => address.check().map_err(|illegal| illegal.to_string()),
    };
    if let Err(message) = opens {
        section.problem("url", message);
    }
}

fn root_key(section: &Section<'_>, source: &RootKeySource) {
    let found = match (RootKeys::load(source), source) {
        (Ok(Some(_)), _) => Ok(()),
        (Ok(None), RootKeySource::File(path)) => takes_files(path),
        (Ok(None), RootKeySource::Variable(_)) => Err(RootKeyError::Unset(source.clone()).to_string()),
        (Err(error), _) => Err(error.to_string()),
    };
    let key = match source {
        RootKeySource::File(_) => "root_key_file",
        RootKeySource::Variable(_) => "root_key_env",
    };
    if let Err(message) = found {
        section.problem(key, message);
    }
}

fn certificate(section: &Section<'_>, listener: &ConfiguredListener) {
    let Some(files) = &listener.settings.certificate else { return };
    if !files.certificate.is_file() || !files.private_key.is_file() {
        // What is missing was recorded when the section was read.
        return;
    }
    let Err(error) = Certificates::load(files.clone()) else { return };
    let key = match &error {
        CertificateError::Unreadable { file, .. } | CertificateError::NotFound { file, .. } | CertificateError::NotPem { file }
            if *file == files.certificate =>
        {
            "certificate_file"
        }
        _ => "private_key_file",
    };
    section.problem(key, error.to_string());
}

fn directory(section: &Section<'_>, settings: &DirectorySettings) {
    if let Err(error) = Directory::open(settings.clone()) {
        section.problem("trust_store", error.to_string());
    }
}

fn pages(section: &Section<'_>, settings: &PagesSettings) {
    if settings.logo.as_ref().is_some_and(|path| !path.is_file()) || settings.templates.as_ref().is_some_and(|path| !path.is_dir()) {
        // What is missing was recorded when the section was read.
        return;
    }
    let Err(error) = Pages::load(settings) else { return };
    let key = match &error {
        PagesError::Logo { .. } => "logo",
        PagesError::Unreadable { path, .. } if Some(path) == settings.logo.as_ref() => "logo",
        _ if settings.templates.is_some() => "templates",
        _ => "texts",
    };
    section.problem(key, error.to_string());
}

/// Whether files can be made beside `path`: tried with one that has no name and is gone at once.
fn takes_files(path: &Path) -> Result<(), String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let made = tempfile::tempfile_in(folder).map(drop);
    made.map_err(|cause| {
        format!(
            "expected a folder that this user may write to, found {}: {}; let this user write there, or name another one",
            folder.display(),
            cause.kind()
        )
    })
}
