//! `keyward check-config`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use keyward_server::pages::{LOGO_PATH, Language, Pages, STYLESHEET_PATH};

use super::{ConfigFile, Failure};
use crate::{
    config::{self, Config},
    terminal::{remark, say},
};

/// What lists the pages that are written.
const INDEX: &str = "index.html";

/// Say whether a configuration file is valid, and a server could start with it.
///
/// What is wrong is named with line, column and setting, all of it at once, and the exit code is 1. The files and
/// environment variables that it names are looked at too: certificates, root key, the place of the store. No directory and no PostgreSQL
/// database is connected to. With templates or texts of your own every page is rendered once, with made-up data. Nothing is made, but the files of --pages. Run it as the
/// user the server runs as.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: keyward check-config --config /etc/keyward/keyward.toml")]
pub struct CheckConfig {
    #[command(flatten)]
    config: ConfigFile,
    /// Write every page with made-up data into this folder, to be looked at
    #[arg(long, value_name = "DIR")]
    pages: Option<PathBuf>,
}

impl CheckConfig {
    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        let config = config::check(&self.config.path)?;
        for warning in &config.warnings {
            remark(format_args!("warning: {warning}"));
        }
        say(summary(&config));
        if let Some(folder) = &self.pages {
            let written = write_samples(&Pages::load(&config.pages)?, folder)?;
            say(format_args!("Wrote {written} pages to {0}; open {0}/{INDEX} in a browser.", folder.display()));
        }
        Ok(())
    }
}

/// One file for each sample and language, one that lists them, and what they need beside them. Answers how many pages that are.
fn write_samples(pages: &Pages, folder: &Path) -> Result<usize, Failure> {
    fs::create_dir_all(folder).map_err(|cause| unwritable(folder, &cause))?;
    let write = |name: &str, content: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, content).map_err(|cause| unwritable(&path, &cause))
    };
    let (media_type, logo) = pages.logo();
    let logo_file = format!("logo.{}", media_type.trim_start_matches("image/").trim_end_matches("+xml"));
    write(&logo_file, logo)?;
    write("pages.css", pages.stylesheet().0.as_bytes())?;
    let mut names = Vec::new();
    for language in Language::ALL {
        for (number, page) in (1..).zip(Pages::samples()) {
            let name = format!("{}-{number:02}-{}", language.tag(), page.template());
            let page = pages.render(&page, language)?.replace(STYLESHEET_PATH, "pages.css").replace(LOGO_PATH, &logo_file);
            write(&name, page.as_bytes())?;
            names.push(name);
        }
    }
    let links: String = names.iter().map(|name| format!("<li><a href=\"{name}\">{name}</a>\n")).collect();
    write(
        INDEX,
        format!("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Pages</title>\n<ol>\n{links}</ol>\n").as_bytes(),
    )?;
    Ok(names.len())
}

fn unwritable(path: &Path, cause: &io::Error) -> String {
    format!("cannot write {}: {cause}; name a folder that this user may write to, or one that is not there yet", path.display())
}

fn summary(config: &Config) -> String {
    let counted = |number: usize, noun| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
    format!(
        "{} is valid: {}, {}, {}",
        config.file.display(),
        counted(config.listeners.len(), "listener"),
        counted(config.clients.len(), "client"),
        counted(config.users.len(), "user")
    )
}
