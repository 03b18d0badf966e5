//! The pages that people see: what they say in, what they are made with, and how they look.
//!
//! 1. [`Pages::load`] takes the operator's settings: it compiles the templates (the built-in ones, or the operator's in
//!    their place), reads the texts of every language, and works out the colours.
//! 2. With templates or texts of the operator's it then renders every page that [`Pages::samples`] has, in every language: what is
//!    loaded, renders. What is built in, the tests render.
//! 3. A handler fills the data of its page, one struct per page below [`Page`], and calls [`Pages::render`].
//!
//! Rendering is pure: data in, HTML out. What a page is sent with (headers, cookies, the tickets of its forms) is the handlers'
//! business. Everything printed is escaped by the templates; a text that people chose for themselves goes
//! through [`visible`](visible::visible) too, so that it cannot change the order in which its surroundings are read.

mod account;
mod colour;
mod consent;
mod device;
mod error;
mod error_page;
mod form_post;
mod language;
mod login;
mod logo;
mod password;
mod scope;
mod sign_out;
mod stylesheet;
mod templates;
#[cfg(test)]
mod tests;
mod texts;
mod time;
mod visible;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use keyward_wire::scope::Scope;
use serde::Serialize;

pub use self::{
    account::{Account, AccountProblem, Application, Authorization, Notice, Session, Through},
    colour::{Colour, IllegalColour},
    consent::Consent,
    device::{DeviceCodePage, DeviceConfirm, DeviceDone, DeviceProblem},
    error::PagesError,
    error_page::{ErrorPage, Trouble},
    form_post::{FORM_POST_SCRIPT_HASH, Field, FormPost},
    language::Language,
    login::{Login, LoginProblem},
    password::{PasswordPage, PasswordProblem},
    scope::{Description, ScopeLine},
    sign_out::{SignOutPage, SignedOut},
    texts::{IllegalText, OwnTexts, message_ids},
};
use self::{logo::Logo, stylesheet::Stylesheet, templates::Templates, texts::Texts};

/// Where the stylesheet is served; pages ask for it with `?v=` and its version.
pub const STYLESHEET_PATH: &str = "/assets/pages.css";

/// Where the logo is served; pages ask for it with `?v=` and its version.
pub const LOGO_PATH: &str = "/assets/logo";

/// What the operator says about the pages (`[pages]` and `[[scope]]` of the configuration).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagesSettings {
    /// A folder whose files replace the built-in templates of the same name.
    pub templates: Option<PathBuf>,
    /// A picture (PNG, SVG, WebP or JPEG) shown above every page, and as its icon.
    pub logo: Option<PathBuf>,
    /// What the service is called.
    pub name: String,
    /// The colour of buttons and links.
    pub accent: Option<Colour>,
    /// Texts in the place of the built-in ones.
    pub texts: OwnTexts,
    /// The language of people whose browser asks for none that is there.
    pub default_language: Language,
    /// What scopes mean, by their word.
    pub scopes: BTreeMap<String, Description>,
}

impl Default for PagesSettings {
    fn default() -> Self {
        PagesSettings {
            templates: None,
            logo: None,
            name: "Keyward".into(),
            accent: None,
            texts: OwnTexts::default(),
            default_language: Language::English,
            scopes: BTreeMap::default(),
        }
    }
}

/// Everything that pages are made with: templates, texts, look.
pub struct Pages {
    templates: Templates,
    stylesheet: Stylesheet,
    logo: Logo,
    default_language: Language,
    scopes: BTreeMap<String, Description>,
}

/// A page, with its data. None of these is shown by `Debug`: forms hold codes and tokens.
#[derive(Clone, Serialize)]
#[serde(untagged)]
pub enum Page<'a> {
    /// Sign in.
    Login(Login<'a>),
    /// May this application act for you?
    Consent(Consent<'a>),
    /// What went wrong.
    Error(ErrorPage<'a>),
    /// An answer on its way to an application, as a form.
    FormPost(FormPost<'a>),
    /// What has access, and where one is signed in.
    Account(Account<'a>),
    /// Change the password.
    Password(PasswordPage<'a>),
    /// Enter the code that a device shows.
    DeviceCode(DeviceCodePage<'a>),
    /// May this device act for you?
    DeviceConfirm(DeviceConfirm<'a>),
    /// Go back to the device.
    DeviceDone(DeviceDone),
    /// One is signed out.
    SignedOut(SignedOut<'a>),
    /// Sign out?
    SignOut(SignOutPage<'a>),
}

impl Page<'_> {
    /// The name of its template.
    #[must_use]
    pub fn template(&self) -> &'static str {
        match self {
            Page::Login(_) => "login.html",
            Page::Consent(_) => "consent.html",
            Page::Error(_) => "error.html",
            Page::FormPost(_) => "form_post.html",
            Page::Account(_) => "account.html",
            Page::Password(_) => "password.html",
            Page::DeviceCode(_) => "device_code.html",
            Page::DeviceConfirm(_) => "device_confirm.html",
            Page::DeviceDone(_) => "device_done.html",
            Page::SignedOut(_) => "signed_out.html",
            Page::SignOut(_) => "sign_out.html",
        }
    }
}

impl Pages {
    /// Reads the operator's files, compiles every template, and checks every text; where some are the operator's, renders every
    /// sample with them.
    ///
    /// # Errors
    /// The first thing the operator has to mend, with its place.
    pub fn load(settings: &PagesSettings) -> Result<Self, PagesError> {
        let logo = Logo::load(settings.logo.as_deref(), settings.accent)?;
        let stylesheet = Stylesheet::made(settings.accent);
        let site = templates::Site {
            name: settings.name.clone(),
            stylesheet: format!("{STYLESHEET_PATH}?v={}", stylesheet.version),
            logo: format!("{LOGO_PATH}?v={}", logo.version),
            own_logo: settings.logo.is_some(),
        };
        let templates = Templates::load(settings.templates.as_deref(), &site, |language| Texts::load(language, &settings.texts))?;
        let pages = Pages { templates, stylesheet, logo, default_language: settings.default_language, scopes: settings.scopes.clone() };
        // What is built in, the tests have rendered.
        if settings.templates.is_some() || settings.texts != OwnTexts::default() {
            pages.render_samples()?;
        }
        Ok(pages)
    }

    fn render_samples(&self) -> Result<(), PagesError> {
        let each = |language| Pages::samples().iter().try_for_each(|page| self.render(page, language).map(drop));
        Language::ALL.into_iter().try_for_each(each)
    }

    /// The page as HTML.
    ///
    /// # Errors
    /// A template of the operator fails with this data; the samples did not show it.
    pub fn render(&self, page: &Page<'_>, language: Language) -> Result<String, PagesError> {
        self.templates.render(page, language)
    }

    /// The language to speak: the first of `ui_locales` that there is (OpenID Connect Core §3.1.2.1), else the one
    /// `Accept-Language` likes best (RFC 9110 §12.5.4), else the operator's.
    #[must_use]
    pub fn language(&self, ui_locales: Option<&str>, accept_language: Option<&str>) -> Language {
        Language::negotiated(ui_locales, accept_language).unwrap_or(self.default_language)
    }

    /// The words of `scope` in their order, with what the operator says they mean.
    pub fn scope_lines<'a>(&'a self, scope: &'a Scope, language: Language) -> Vec<ScopeLine<'a>> {
        let line = |word| ScopeLine { word, description: self.scopes.get(word).map(|one| one.text(language)) };
        scope.words().map(line).collect()
    }

    /// The stylesheet, and its version, which changes with it.
    #[must_use]
    pub fn stylesheet(&self) -> (&str, &str) {
        (&self.stylesheet.css, &self.stylesheet.version)
    }

    /// The media type of the logo, and the logo. An SVG may hold scripts: send it with a policy that lets none run.
    #[must_use]
    pub fn logo(&self) -> (&'static str, &[u8]) {
        (self.logo.media_type, &self.logo.bytes)
    }

    /// Every page there is, in each of its states, with made-up data.
    #[must_use]
    pub fn samples() -> Vec<Page<'static>> {
        let mut samples = Vec::new();
        samples.extend(Login::samples().map(Page::Login));
        samples.extend(Consent::samples().map(Page::Consent));
        samples.extend(ErrorPage::samples().map(Page::Error));
        samples.extend(FormPost::samples().map(Page::FormPost));
        samples.extend(Account::samples().map(Page::Account));
        samples.extend(PasswordPage::samples().map(Page::Password));
        samples.extend(DeviceCodePage::samples().map(Page::DeviceCode));
        samples.extend(DeviceConfirm::samples().map(Page::DeviceConfirm));
        samples.extend(DeviceDone::samples().map(Page::DeviceDone));
        samples.extend(SignedOut::samples().map(Page::SignedOut));
        samples.extend(SignOutPage::samples().map(Page::SignOut));
        samples
    }
}

/// The first bytes of a hash over `content`, so that a changed file has another address.
fn version(content: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, content);
    data_encoding::HEXLOWER.encode(digest.as_ref().get(..8).unwrap_or_default())
}

/// Reads a file of the operator.
fn read(path: &Path) -> Result<Vec<u8>, PagesError> {
    std::fs::read(path).map_err(|cause| PagesError::Unreadable { path: path.into(), cause })
}
