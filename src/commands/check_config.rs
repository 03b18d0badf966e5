//! `keyward check-config`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use keyward_server::pages::{LOGO_PATH, Language, Pages, STYLESHEET_PATH};

use super::{ConfigFile, Failure};
use crate::{
    config::{self, Config},
    terminal::{remark, say},
};

/// Say whether a configuration file is valid, and a server could start with it.
///
/// What is wrong is named with line, column and setting, all of it at once, and the exit code is 1. The files and
/// environment variables that it names are looked at too: certificates, root key, the place of the store. With templates or
/// texts of your own every page is rendered once, with made-up data. Nothing is made, but the files of --pages. Run it as the
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
        if let Some(folder) = &self.pages {
            write_samples(&Pages::load(&config.pages)?, folder)?;
        }
        say(summary(&config));
        Ok(())
    }
}

/// One file for each sample and language, and what they need beside them.
fn write_samples(pages: &Pages, folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder)?;
    let (media_type, logo) = pages.logo();
    let logo_file = format!("logo.{}", media_type.trim_start_matches("image/").trim_end_matches("+xml"));
    fs::write(folder.join(&logo_file), logo)?;
    fs::write(folder.join("pages.css"), pages.stylesheet().0)?;
    for language in Language::ALL {
        for (number, page) in (1..).zip(Pages::samples()) {
            let name = format!("{}-{number:02}-{}", language.tag(), page.template());
            let page = pages.render(&page, language)?.replace(STYLESHEET_PATH, "pages.css").replace(LOGO_PATH, &logo_file);
            fs::write(folder.join(name), page)?;
        }
    }
    Ok(())
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
