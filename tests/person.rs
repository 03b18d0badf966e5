//! A person with a browser: it keeps cookies, fills in forms, and follows redirects inside this server.

use std::collections::BTreeMap;

use crate::asking::Ask;
use crate::client::{Answer, Request, Site};
use crate::html::{Form, Html};

/// A browser, and who sits before it.
#[derive(Debug, Clone)]
pub struct Person<'s> {
    pub site: &'s Site,
    pub name: &'s str,
    pub password: String,
    pub cookies: BTreeMap<String, String>,
    /// What the browser adds to every request, such as `User-Agent`.
    pub headers: Vec<(String, String)>,
}

impl<'s> Person<'s> {
    /// A fresh browser.
    pub fn new(site: &'s Site, (name, password): (&'s str, &str)) -> Self {
        Person { site, name, password: password.into(), cookies: BTreeMap::new(), headers: Vec::new() }
    }

    /// The same, signed in.
    pub fn signed_in(site: &'s Site, user: (&'s str, &str)) -> Self {
        let mut person = Person::new(site, user);
        person.sign_in();
        person
    }

    /// Opens a path of this server.
    pub fn get(&mut self, target: &str) -> Answer {
        self.send(self.site.get(target))
    }

    /// Sends a form as it stands.
    pub fn post(&mut self, form: &Form) -> Answer {
        let pairs: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.send(self.site.post(&form.action).form(&pairs))
    }

    /// Sends a request with the browser's cookies, and keeps those that come back.
    pub fn send(&mut self, mut request: Request<'_>) -> Answer {
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if !self.cookies.is_empty() {
            request = request.header("Cookie", &self.cookie_header());
        }
        let answer = request.send();
        self.keep(&answer);
        answer
    }

    pub fn cookie_header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, answer: &Answer) {
        for cookie in answer.cookies() {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// The name and value of the cookie that says who is signed in.
    pub fn session(&self) -> Option<(&String, &String)> {
        self.cookies.iter().find(|(name, _)| name.ends_with("-session"))
    }

    /// Signs in at `/login`.
    pub fn sign_in(&mut self) {
        let page = self.get("/login").page();
        let answer = self.fill_in(&page);
        assert_eq!((answer.status, answer.header("location")), (303, "/account"), "{answer:?}");
    }

    /// Signs out at `/logout`.
    pub fn sign_out(&mut self) -> Answer {
        let form = self.get("/logout").page().form("/logout");
        self.post(&form)
    }

    /// Fills in a page to sign in.
    pub fn fill_in(&mut self, page: &Html) -> Answer {
        let form = page.form("/login").with("username", self.name).with("password", &self.password.clone()).pressed("login");
        self.post(&form)
    }

    /// Opens an authorization request; signs in if asked to. Ends at the page to consent, a page that says what is wrong,
    /// or on the way to the application.
    pub fn open(&mut self, ask: &Ask) -> Answer {
        let answer = self.get(&ask.target());
        if answer.is_login() { self.sign_in_here(&answer) } else { answer }
    }

    /// Signs in on the page shown, and goes where that leads.
    pub fn sign_in_here(&mut self, shown: &Answer) -> Answer {
        let sent_on = self.fill_in(&shown.page());
        assert_eq!(sent_on.status, 303, "{sent_on:?}");
        self.get(sent_on.header("location"))
    }

    /// Goes all the way, saying yes; returns what the browser is sent to the application with.
    pub fn allow(&mut self, ask: &Ask) -> Answer {
        let answer = self.open(ask);
        if answer.is_consent() { self.post(&answer.page().form("/consent").pressed("allow")) } else { answer }
    }

    /// The code of a request that is answered with yes.
    pub fn code(&mut self, ask: &Ask) -> String {
        let answer = self.allow(ask);
        answer.sent_with("code").unwrap_or_else(|| panic!("no code: {answer:?}"))
    }
}

/// What a browser sees of an answer.
impl Answer {
    /// The page, which must be one.
    pub fn page(&self) -> Html {
        assert!(self.header("content-type").starts_with("text/html"), "{self:?}");
        Html::read(&self.body)
    }

    pub fn is_html(&self) -> bool {
        self.header("content-type").starts_with("text/html")
    }

    pub fn is_login(&self) -> bool {
        self.is_html() && self.page().id("login").is_some()
    }

    pub fn is_consent(&self) -> bool {
        self.is_html() && self.page().id("allow").is_some()
    }

    /// Every `Set-Cookie`.
    pub fn cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// A page of ours that leads nowhere: status 400, what is wrong in words, no `Location`.
    pub fn error_page(&self) -> Html {
        assert_eq!(self.status, 400, "{self:?}");
        assert_eq!(self.header("location"), "", "{self:?}");
        let page = self.page();
        assert!(page.id("error").is_some_and(|error| error.text.trim().len() > 8), "it says what is wrong: {}", page.text());
        assert!(page.forms.is_empty(), "nothing to fill in: {}", page.text());
        assert!(page.text().contains(&self.request_id()), "the request id is for support: {}", page.text());
        page
    }

    /// The redirect to an application: where to, and what comes with it, in query or fragment.
    pub fn sent(&self) -> (String, Vec<(String, String)>) {
        assert!([302, 303].contains(&self.status), "a redirect that GETs: {self:?}");
        let location = self.header("location");
        let (uri, pairs) = location.split_once('#').or_else(|| location.split_once('?')).unwrap_or((location, ""));
        let pairs = form_urlencoded::parse(pairs.as_bytes()).into_owned().collect();
        (uri.to_owned(), pairs)
    }

    /// One of the parameters that go to the application.
    pub fn sent_with(&self, name: &str) -> Option<String> {
        if self.header("location").is_empty() {
            return None;
        }
        self.sent().1.into_iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// The error that goes to the application, which gets nothing else.
    pub fn sent_error(&self) -> String {
        let error = self.sent_with("error").unwrap_or_else(|| panic!("no error is sent: {self:?}"));
        for good in ["code", "access_token", "refresh_token"] {
            assert_eq!(self.sent_with(good), None, "{self:?}");
        }
        error
    }
}
