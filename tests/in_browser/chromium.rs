//! Chromium and its driver: started for one test, with an empty profile, and stopped after it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use url::{ParseError, Url};

/// How Chromium is set up.
pub struct Chromium {
    /// Whether pages may run scripts.
    pub scripts: bool,
    /// What it says in `Accept-Language`.
    pub language: &'static str,
}

impl Default for Chromium {
    fn default() -> Self {
        Self { scripts: true, language: "en" }
    }
}

/// A running Chromium. Whatever it is asked is waited for.
pub struct Running {
    runtime: Runtime,
    client: Option<Client>,
    driver: Child,
    scripts: bool,
    _profile: TempDir,
}

impl Chromium {
    /// Starts it. It reaches nothing but this machine.
    pub fn start(&self) -> Running {
        let profile = TempDir::new().unwrap();
        // A driver whose port was taken in between gives up; another one takes another port.
        let (driver, port) = (0..10).find_map(|_| start_driver()).expect("chromedriver starts and says its port");
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(self.capabilities(&profile));
        let client = runtime.block_on(builder.connect(&format!("http://127.0.0.1:{port}")));
        let client = client.unwrap_or_else(|error| panic!("Chromium does not start: {error}"));
        let running = Running { runtime, client: Some(client), driver, scripts: self.scripts, _profile: profile };
        running.allow_scripts(self.scripts);
        running
    }

    fn capabilities(&self, profile: &TempDir) -> Capabilities {
        let arguments = [
            "--headless=new",
            // Its own sandbox is not to be had where tests run as root.
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--no-proxy-server",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            &format!("--user-data-dir={}", profile.path().display()),
            &format!("--accept-lang={}", self.language),
        ]
        .map(str::to_owned);
        let Value::Object(capabilities) = json!({
            "goog:chromeOptions": {
                "args": arguments,
                "prefs": { "intl.accept_languages": self.language },
            },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            // A dialog stays open, and so is seen.
            "unhandledPromptBehavior": "ignore",
        }) else {
            panic!("it is an object")
        };
        capabilities
    }
}

/// A driver and the port that it says it listens on; nothing if it gave up.
fn start_driver() -> Option<(Child, u16)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver is there: is the Debian package chromium-driver installed?");
    let said = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = said.filter_map(|line| line.strip_suffix('.')?.rsplit_once("started successfully on port ")?.1.parse().ok()).next();
    match port {
        Some(port) => Some((driver, port)),
        None => driver.wait().ok().and(None),
    }
}

impl Running {
    /// Waits for what `ask` asks; a command that fails is a failed test.
    pub fn now<T>(&self, ask: impl AsyncFnOnce(&Client) -> Result<T, fantoccini::error::CmdError>) -> T {
        let client = self.client.as_ref().expect("it runs");
        self.runtime.block_on(ask(client)).unwrap_or_else(|error| panic!("the browser says: {error}"))
    }

    /// Whether what `ask` asks fails.
    pub fn fails<T>(&self, ask: impl AsyncFnOnce(&Client) -> Result<T, fantoccini::error::CmdError>) -> bool {
        let client = self.client.as_ref().expect("it runs");
        self.runtime.block_on(ask(client)).is_err()
    }

    /// A command of the DevTools protocol.
    pub fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let ask = Own { path: "goog/cdp/execute", body: json!({ "cmd": command, "params": parameters }) };
        self.now(async |client| client.issue_cmd(ask).await)
    }

    /// Does something to a page that needs scripts of its own; those of the page run only where they did before.
    pub fn with_scripts<T>(&self, something: impl FnOnce() -> T) -> T {
        self.allow_scripts(true);
        let done = something();
        self.allow_scripts(self.scripts);
        done
    }

    fn allow_scripts(&self, allowed: bool) {
        self.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": !allowed }));
    }

    /// What was written into a log since it was read last: `browser` is the console, `performance` what the network did.
    pub fn log(&self, name: &str) -> Vec<Value> {
        let ask = Own { path: "se/log", body: json!({ "type": name }) };
        let Value::Array(entries) = self.now(async |client| client.issue_cmd(ask).await) else { panic!("a log is a list") };
        entries
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            let _ = self.runtime.block_on(client.close());
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// A command that only Chromium's driver has.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, ParseError> {
        base_url.join(&format!("session/{}/{}", session_id.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (::http::Method, Option<String>) {
        (::http::Method::POST, Some(self.body.to_string()))
    }
}
