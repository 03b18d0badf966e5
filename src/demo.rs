//! The demo: the users and clients of the examples that Keyward was built for, as a configuration file.

pub mod app;

use std::io;

use keyward_server::hashing::{Hashing, HashingSettings, NotHashed, StartError};
use keyward_wire::profile::ProfileName;

use crate::config::{Config, listener::ConfiguredListener};

/// The file, where `{name}` stands for the password hash of the user of that name.
const TEMPLATE: &str = include_str!("demo.toml");

/// Its users and their passwords, which are public.
const PASSWORDS: [(&str, &str); 3] = [("dory", "dorypass"), ("admin", "tiger"), ("marlin", "marlinpass")];

/// Why its passwords cannot be hashed.
#[derive(Debug, thiserror::Error)]
pub enum NoDemo {
    /// There is nothing to hash with.
    #[error(transparent)]
    Hashing(#[from] StartError),
    /// A password was not hashed.
    #[error(transparent)]
    NotHashed(#[from] NotHashed),
    /// There is nothing to wait with.
    #[error("cannot wait for passwords to be hashed: {0}")]
    Runtime(#[from] io::Error),
}

/// The demo's configuration file, with its passwords hashed afresh.
///
/// # Errors
/// See [`NoDemo`].
pub fn configuration() -> Result<String, NoDemo> {
    let hashing = Hashing::start(HashingSettings::default())?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    PASSWORDS.iter().try_fold(TEMPLATE.to_owned(), |text, (user, password)| {
        let hash = runtime.block_on(hashing.hash((*password).into()))?;
        Ok(text.replace(&format!("{{{user}}}"), &hash))
    })
}

/// Whether this is the demo's set-up, changed or not: who serves another one by this name tells its users the wrong secrets.
pub fn is_one(config: &Config) -> bool {
    PASSWORDS.iter().all(|(name, _)| config.users.iter().any(|user| user.username == *name))
}

/// A few requests to paste, for the listeners there are.
pub fn what_to_try(listeners: &[ConfiguredListener]) -> String {
    let requests = listeners.iter().map(|ConfiguredListener { profile, settings }| (profile, settings.address)).map(|(profile, address)| match profile {
        ProfileName::Korap => format!(
            "curl -u dRJnpFH6RHTr6L7bNhrn7F:_IGaQqvUUrPTzRKJvqPYnA -d 'grant_type=password&username=dory&password=dorypass' http://{address}/api/oauth2/token"
        ),
        _ => format!(
            "open http://{address}/demo/app in a browser\n  \
             curl -u SkyVaultapp:secret -d 'grant_type=password&username=admin&password=tiger' http://{address}/oauth/token\n  \
             curl -u SkyVaultapp:secret -d grant_type=client_credentials http://{address}/oauth/token\n  \
             curl -u SkyVaultapp:secret -d token=TOKEN http://{address}/introspect\n  \
             curl -u SkyVaultapp:secret -d scope=read http://{address}/oauth/device_authorization, then open http://{address}/device in a browser\n  \
             curl -H 'Authorization: Bearer TOKEN' http://{address}/secure"
        ),
    });
    format!("Try:\n  {}", requests.collect::<Vec<_>>().join("\n  "))
}
