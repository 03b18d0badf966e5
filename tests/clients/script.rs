//! Clients in other languages, each a script: `js/conversation.js` and `python/conversation.py` say how one talks to them.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::{Client, Conversation, REDIRECT_URI, SCOPE, Setup};
use crate::real;

/// A client that is a script.
pub struct Script {
    program: std::path::PathBuf,
    script: std::path::PathBuf,
}

impl Script {
    /// A script of `tests/clients/js`, run beside the packages it needs; nothing where they are not there.
    pub fn node(name: &str) -> Option<Self> {
        static BESIDE: OnceLock<()> = OnceLock::new();
        if !real::are_there("clients from npm") {
            return None;
        }
        let folder = real::npm("tests/clients/js");
        BESIDE.get_or_init(|| {
            let scripts = fs::read_dir("tests/clients/js").unwrap().map(|entry| entry.unwrap().path());
            for script in scripts.filter(|path| path.extension().is_some_and(|extension| extension == "js")) {
                fs::copy(&script, folder.join(script.file_name().unwrap())).expect("npm's packages are installed");
            }
        });
        Some(Self { program: real::node(), script: folder.join(name) })
    }

    /// A script of `tests/clients/python`; nothing where what it needs is not there.
    pub fn python(name: &str) -> Option<Self> {
        let script = Path::new("tests/clients/python").join(name);
        real::are_there("clients from PyPI").then(|| Self { program: real::python().join("bin/python"), script })
    }
}

/// A script that runs.
struct Running {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Client for Script {
    fn begin(&self, setup: &Setup) -> (String, Box<dyn Conversation>) {
        let mut child = Command::new(&self.program)
            .arg(&self.script)
            // The server under test speaks plain HTTP, on this machine only.
            .env("OAUTHLIB_INSECURE_TRANSPORT", "1")
            .env("AUTHLIB_INSECURE_TRANSPORT", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} {}: {error}", self.program.display(), self.script.display()));
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut running = Box::new(Running { child, output });
        let Setup { issuer, id, secret, invitation, wrong_verifier } = setup;
        let mut first = json!({
            "issuer": issuer, "id": id, "redirect_uri": REDIRECT_URI, "scope": SCOPE, "wrong_verifier": wrong_verifier, "invitation": invitation,
        });
        if let Some(secret) = secret {
            first["secret"] = json!(secret);
        }
        running.say(&first);
        (running.hear()["authorize"].as_str().expect("an address").to_owned(), running)
    }
}

impl Running {
    fn say(&mut self, what: &Value) {
        writeln!(self.child.stdin.as_ref().unwrap(), "{what}").expect("the script listens");
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("the script says {line:?}, which is no JSON ({error}); its own words are above"))
    }
}

impl Conversation for Running {
    fn finish(mut self: Box<Self>, callback: &str) -> Result<(Value, Value), String> {
        self.say(&json!({ "callback": callback }));
        let said = self.hear();
        match said["refused"].as_str() {
            Some(why) => Err(why.to_owned()),
            None => Ok((said["first"].clone(), said["second"].clone())),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
