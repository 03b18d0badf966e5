//! The templates: HTML with places to fill (minijinja), one for each page, and two that the others are built on.
//!
//! Beside `page` (its data), `site` and `language`, a template can use
//!
//! - `t("id", name=value, …)`: a text in the language of the page;
//! - `date_time(seconds)` and `iso(seconds)`: a moment, for people and for machines;
//! - `duration(seconds)`: a duration, for people;
//! - `| visible`: a text that people chose for themselves, without what could deceive others.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    error::Error as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Language, Page, PagesError, form_post, read, texts::Texts, time, visible::visible};
use fluent_bundle::{FluentArgs, FluentValue};
use minijinja::{
    Environment, Error, ErrorKind, UndefinedBehavior, context,
    syntax::SyntaxConfig,
    value::{Kwargs, Serde, Value},
};

/// The built-in templates by name.
macro_rules! built_in {
    ($($name:literal),+ $(,)?) => { &[$(($name, include_str!(concat!("../../templates/", $name)))),+] };
}

/// The built-in templates by name.
pub(super) const BUILT_IN: &[(&str, &str)] = built_in![
    "base.html",
    "parts.html",
    "login.html",
    "consent.html",
    "error.html",
    "form_post.html",
    "account.html",
    "password.html",
    "device_code.html",
    "device_confirm.html",
    "device_done.html",
    "signed_out.html",
    "sign_out.html",
];

/// What is the same on every page.
pub(super) struct Site {
    /// What the service is called.
    pub name: String,
    /// Where the stylesheet is.
    pub stylesheet: String,
    /// Where the logo is.
    pub logo: String,
    /// Whether it is the operator's, which may be of any shape.
    pub own_logo: bool,
}

impl Site {
    /// As templates see it. The paths are made here, so that their slashes need no escape.
    fn value(&self) -> Value {
        let [stylesheet, logo] = [&self.stylesheet, &self.logo].map(|path| Value::from_safe_string(path.clone()));
        context! { name => self.name.clone(), stylesheet, logo, own_logo => self.own_logo }
    }
}

/// The templates, ready for each language.
pub(super) struct Templates {
    environments: BTreeMap<Language, Environment<'static>>,
    own: BTreeMap<String, PathBuf>,
}

impl Templates {
    /// Compiles the built-in templates, and the operator's in their place.
    pub fn load(folder: Option<&Path>, site: &Site, texts: impl Fn(Language) -> Texts) -> Result<Self, PagesError> {
        let own = folder.map(own_templates).transpose()?.unwrap_or_default();
        let mut templates = Templates { environments: BTreeMap::new(), own };
        for language in Language::ALL {
            let environment = templates.environment(language, site, texts(language))?;
            templates.environments.insert(language, environment);
        }
        Ok(templates)
    }

    /// Fills the template of a page.
    pub fn render(&self, page: &Page<'_>, language: Language) -> Result<String, PagesError> {
        self.fill(page.template(), Value::from(Serde(page)), language)
    }

    /// Fills a template with data.
    pub fn fill(&self, template: &str, page: Value, language: Language) -> Result<String, PagesError> {
        let filled = self.environments.get(&language).map(|environment| environment.get_template(template)?.render(context! { page }));
        filled.unwrap_or_else(|| Ok(String::new())).map_err(|error| self.placed(&error))
    }

    fn environment(&self, language: Language, site: &Site, texts: Texts) -> Result<Environment<'static>, PagesError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|error| self.placed(&error))?);
        environment.add_global("site", site.value());
        environment.add_global("language", language.tag());
        environment.add_global("form_post_script", Value::from_safe_string(form_post::SCRIPT.into()));
        add_words(&mut environment, Arc::new(texts));
        for (name, source) in BUILT_IN.iter().filter(|(name, _)| !self.own.contains_key(*name)) {
            environment.add_template(name, source).map_err(|error| self.placed(&error))?;
        }
        for (name, path) in &self.own {
            let source = String::from_utf8(read(path)?).map_err(|error| PagesError::Template {
                file: path.display().to_string(),
                line: 0,
                message: format!("{error}; save it as UTF-8"),
            })?;
            environment.add_template_owned(name.clone(), source).map_err(|error| self.placed(&error))?;
        }
        Ok(environment)
    }

    /// An error with the file it is in. Where one template is used by another, the inner one is to blame.
    fn placed(&self, error: &Error) -> PagesError {
        let mut innermost = error;
        while let Some(inner) = innermost.source().and_then(|source| source.downcast_ref::<Error>()) {
            innermost = inner;
        }
        let name = innermost.name().or_else(|| error.name()).unwrap_or_default();
        let file = self.own.get(name).map_or_else(|| format!("the built-in {name}"), |path| path.display().to_string());
        let detail = innermost.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
        PagesError::Template {
            file,
            line: innermost.line().or_else(|| error.line()).unwrap_or_default(),
            message: format!("{}{detail}", innermost.kind()),
        }
    }
}

/// The operator's templates: every `*.html` of the folder, by name.
fn own_templates(folder: &Path) -> Result<BTreeMap<String, PathBuf>, PagesError> {
    let unreadable = |cause| PagesError::Unreadable { path: folder.into(), cause };
    let mut own = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.ends_with(".html") {
            continue;
        }
        if !name.starts_with('_') && !BUILT_IN.iter().any(|(known, _)| *known == name) {
            let known = BUILT_IN.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            return Err(PagesError::UnknownTemplate { path, known });
        }
        own.insert(name, path);
    }
    Ok(own)
}

/// What templates can call.
fn add_words(environment: &mut Environment<'static>, texts: Arc<Texts>) {
    let (for_dates, for_durations, for_browsers) = (Arc::clone(&texts), Arc::clone(&texts), Arc::clone(&texts));
    environment.add_function("t", move |id: &str, arguments: Kwargs| text(&texts, id, &arguments));
    environment.add_function("iso", |seconds: i64| Ok(moment(seconds)?.iso));
    environment.add_function("date_time", move |seconds: i64| date_time(&for_dates, seconds));
    environment.add_function("duration", move |seconds: i64| {
        let (id, count) = time::duration(seconds);
        filled(&for_durations, id, &FluentArgs::from_iter([("count", count)]))
    });
    environment.add_function("browser", move |words: &str| match words.split_once(" on ") {
        Some((browser, system)) => {
            let values = [("browser", visible(browser)), ("system", visible(system))];
            filled(&for_browsers, "browser-on-system", &FluentArgs::from_iter(values))
        }
        None => Ok(visible(words)),
    });
    environment.add_filter("visible", |text: Cow<'_, str>| visible(&text));
}

fn text(texts: &Texts, id: &str, arguments: &Kwargs) -> Result<String, Error> {
    let mut values = FluentArgs::new();
    for name in arguments.args() {
        let value: Value = arguments.get(name)?;
        let value = match (value.as_i64(), value.as_str()) {
            (Some(number), _) => FluentValue::from(number),
            (None, Some(text)) => FluentValue::from(visible(text)),
            (None, None) => return Err(failure(format!("expected a text or a number as {name}, found {}", value.kind()))),
        };
        values.set(name.to_owned(), value);
    }
    filled(texts, id, &values)
}

fn date_time(texts: &Texts, seconds: i64) -> Result<String, Error> {
    let time::Moment { date: [year, month, day], clock, .. } = moment(seconds)?;
    let mut values = FluentArgs::new();
    for (name, value) in [("year", year), ("month", month), ("day", day)] {
        values.set(name, value);
    }
    values.set("time", clock);
    filled(texts, "date-time", &values)
}

fn filled(texts: &Texts, id: &str, values: &FluentArgs<'_>) -> Result<String, Error> {
    texts.text(id, values).map_err(failure)
}

fn moment(seconds: i64) -> Result<time::Moment, Error> {
    time::moment(seconds).ok_or_else(|| failure(format!("expected a moment in seconds since 1970, found {seconds}")))
}

fn failure(message: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}
