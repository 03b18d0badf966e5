//! Going from page to page; each is examined on arrival.

use std::thread;
use std::time::{Duration, Instant};

use fantoccini::Locator;

use super::chromium::{Chromium, Running};
use super::{look, watch};

/// How long a page may take: a guard against hanging, not a measurement.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser, and what may happen in it.
pub struct Browser {
    running: Running,
    /// Whom it may ask for anything: the server, then the application's pages, then others.
    hosts: Vec<String>,
}

impl Browser {
    /// Starts one that may ask `hosts`: the server, the application where it shows pages, and others.
    pub fn open(chromium: &Chromium, hosts: impl Into<Vec<String>>) -> Self {
        let browser = Self { running: chromium.start(), hosts: hosts.into() };
        browser.visit("about:blank");
        // What Chromium's own first page did is of no interest.
        browser.findings();
        browser
    }

    /// Goes to an address, and examines the page there.
    pub fn goto(&self, url: &str) {
        self.visit(url);
        self.examine();
    }

    /// Goes to an address, and leaves it to the test to look around.
    pub fn visit(&self, url: &str) {
        self.running.now(async |client| client.goto(url).await);
    }

    /// Makes another browser of it, to whoever is asked next.
    pub fn forget_cookies(&self) {
        self.running.now(async |client| client.delete_all_cookies().await);
    }

    /// Presses the button (or follows the link) with this id, and examines the page of the server that it leads to.
    pub fn press(&self, id: &str) {
        self.press_any(&format!("#{id}"));
    }

    /// The same, for the first that `selector` finds.
    pub fn press_any(&self, selector: &str) {
        let page = self.running.now(async |client| client.find(Locator::Css("html")).await);
        self.click(selector);
        // The driver does not always wait by itself until the page is another one.
        self.wait_until("the page is another one", || self.running.fails(async |_| page.tag_name().await));
        self.wait_until("the page is complete", || {
            self.running.now(async |client| client.execute("return document.readyState", vec![]).await) == "complete"
        });
        self.examine();
    }

    /// Presses the button with this id, which leads to the application, and answers the address there, fragment included.
    pub fn leave(&self, id: &str) -> String {
        self.click(&format!("#{id}"));
        self.wait_until("the browser is at the application", || self.address().starts_with(&format!("http://{}/", self.hosts[1])));
        self.examine();
        self.address()
    }

    /// Clicks on the first that `selector` finds, which leads nowhere.
    pub fn click(&self, selector: &str) {
        self.running.now(async |client| client.find(Locator::Css(selector)).await?.click().await);
    }

    /// Enters `text` in the place of what the field with this id holds.
    pub fn fill(&self, id: &str, text: &str) {
        self.running.now(async |client| {
            let field = client.find(Locator::Id(id)).await?;
            field.clear().await?;
            field.send_keys(text).await
        });
    }

    /// The address that is shown, fragment included.
    pub fn address(&self) -> String {
        self.running.now(async |client| client.current_url().await).into()
    }

    /// The page's heading.
    pub fn heading(&self) -> String {
        self.text("h1")
    }

    /// What the first element that `selector` finds says.
    pub fn text(&self, selector: &str) -> String {
        self.running.now(async |client| client.find(Locator::Css(selector)).await?.text().await)
    }

    /// What the field with this id holds.
    pub fn value(&self, id: &str) -> String {
        self.running.now(async |client| client.find(Locator::Id(id)).await?.prop("value").await).unwrap_or_default()
    }

    /// How many elements `selector` finds.
    pub fn count(&self, selector: &str) -> usize {
        self.running.now(async |client| client.find_all(Locator::Css(selector)).await).len()
    }

    /// Whether there is an element with this id.
    pub fn is_there(&self, id: &str) -> bool {
        self.count(&format!("#{id}")) > 0
    }

    /// Everything wrong with how the browser got here, since this was asked last.
    pub fn findings(&self) -> Vec<String> {
        watch::findings(&self.running, &self.hosts)
    }

    /// What axe-core finds on this page.
    pub fn violations(&self) -> Vec<String> {
        look::violations(&self.running)
    }

    fn wait_until(&self, what: &str, so: impl Fn() -> bool) {
        let begun = Instant::now();
        while !so() {
            let gave_up = begun.elapsed() > PATIENCE;
            assert!(!gave_up, "not after {PATIENCE:?}: {what}; it is at {}:\n{}", self.address(), self.findings().join("\n"));
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Watches, and looks, at the page that is shown.
    fn examine(&self) {
        let findings = self.findings();
        assert!(findings.is_empty(), "{}", findings.join("\n"));
        if self.address().starts_with(&format!("http://{}/", self.hosts[0])) {
            look::look(&self.running);
        }
    }
}
