//! `keyward key …`.

use comfy_table::Table;
use keyward_rules::{key_ring::KeyUse, model::authorization::KeyId};
use keyward_server::control::{Answer, Request, key::Entry};

use super::{ConfigFile, Failure};
use crate::{
    ask::{ask, unexpected},
    listing::{self, Form, time, time_if_any},
    terminal::say,
};

/// Look at, rotate and remove the keys that tokens are made with.
///
/// A running server is asked to do it, and goes on without a restart.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: keyward key list")]
pub struct Key {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List all keys, without their bytes
    List {
        #[command(flatten)]
        form: Form,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Make new keys that take over once they were published long enough
    ///
    /// The keys before them are kept until what they made has ended.
    #[command(after_help = "Example: keyward key rotate EdDSA")]
    Rotate {
        /// For access_token, refresh_token, authorization_code, form, EdDSA, ES256 or RS256; none: for all that have a key
        #[arg(value_name = "USE", value_parser = key_use)]
        uses: Vec<KeyUse>,
        /// Take over at once, for when a key has leaked: resource servers that keep the key set refuse new JWTs until they
        /// fetch it again
        #[arg(long = "now")]
        at_once: bool,
        #[command(flatten)]
        form: Form,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Remove a key that is in use no more; what it made is dead
    Remove {
        /// As `keyward key list` shows it
        #[arg(value_name = "ID", value_parser = key_id)]
        id: KeyId,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Replace the root key, which all other keys are encrypted with
    ///
    /// Its file is replaced too. A backup made before needs the root key of its time.
    RotateRoot {
        #[command(flatten)]
        config: ConfigFile,
    },
}

impl Key {
    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        match self.action {
            Action::List { form, config } => form.show(&entries(ask(&config, Request::ListKeys)?)?, |keys| table(keys)),
            Action::Rotate { uses, at_once, form, config } => {
                form.show(&entries(ask(&config, Request::RotateKeys { uses, at_once })?)?, |keys| table(keys))
            }
            Action::Remove { id, config } => {
                let Answer::Done = ask(&config, Request::RemoveKey(id))? else { return Err(unexpected()) };
                say(format_args!("Removed {id:08x}."));
                Ok(())
            }
            Action::RotateRoot { config } => {
                let Answer::Done = ask(&config, Request::RotateRootKey)? else { return Err(unexpected()) };
                say("The root key is another one now. Back it up; keep the one before as long as a backup needs it.");
                Ok(())
            }
        }
    }
}

fn entries(answer: Answer) -> Result<Vec<Entry>, Failure> {
    match answer {
        Answer::Keys(entries) => Ok(entries),
        _ => Err(unexpected()),
    }
}

fn table(keys: &[Entry]) -> Table {
    let row = |key: &Entry| {
        let (id, usage, state) = (key.id.clone(), key.usage.clone(), key.state.as_str().to_owned());
        [id, usage, state, time(key.created_at), time(key.use_from), time_if_any(key.keep_until)]
    };
    listing::rows(["ID", "USE", "STATE", "MADE", "USED FROM", "KEPT UNTIL"], keys.iter().map(row))
}

fn key_use(text: &str) -> Result<KeyUse, String> {
    // The key for client secrets is understood, and the server says why it stays.
    let names = || KeyUse::EVERY.into_iter().filter(|usage| *usage != KeyUse::ClientSecret).map(KeyUse::as_str);
    KeyUse::parse(text).ok_or_else(|| format!("expected one of {}", names().collect::<Vec<_>>().join(", ")))
}

fn key_id(text: &str) -> Result<KeyId, &'static str> {
    let hexadecimal = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let id = hexadecimal.then(|| KeyId::from_str_radix(text, 16).ok()).flatten();
    id.ok_or("expected eight hexadecimal digits; list the keys with: keyward key list")
}

#[cfg(test)]
mod tests {
    use super::key_use;

    #[test]
    fn only_uses_whose_keys_rotate_are_offered() {
        let offered = key_use("hmac").unwrap_err();
        assert_eq!(offered, "expected one of access_token, refresh_token, authorization_code, form, EdDSA, ES256, RS256");
        assert!(key_use("client_secret").is_ok(), "understood, so that it can be said why not");
    }
}
