//! The demo: the users and clients of the examples that Keyward was built for, as a configuration file.

use argon2::{Argon2, PasswordHasher};
use aws_lc_rs::rand;
use keyward_wire::profile::ProfileName;

use crate::config::listener::ListenerSettings;

/// The file, where `{name}` stands for the password hash of the user of that name.
const TEMPLATE: &str = include_str!("demo.toml");

/// Its users and their passwords, which are public.
const PASSWORDS: [(&str, &str); 3] = [("dory", "dorypass"), ("admin", "tiger"), ("marlin", "marlinpass")];

/// No randomness for salts.
#[derive(Debug)]
pub struct NoRandomness;

/// The demo's configuration file, with its passwords hashed afresh.
///
/// # Errors
/// [`NoRandomness`].
pub fn configuration() -> Result<String, NoRandomness> {
    PASSWORDS.iter().try_fold(TEMPLATE.to_owned(), |text, (user, password)| Ok(text.replace(&format!("{{{user}}}"), &hash(password)?)))
}

fn hash(password: &str) -> Result<String, NoRandomness> {
    let mut salt = [0; 16];
    rand::fill(&mut salt).map_err(|_| NoRandomness)?;
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map_err(|_| NoRandomness)?;
    Ok(hash.to_string())
}

/// A few requests to paste, for the listeners there are.
pub fn what_to_try(listeners: &[ListenerSettings]) -> String {
    let requests = listeners.iter().map(|ListenerSettings { address, profile, .. }| match profile {
        ProfileName::Korap => format!(
            "curl -u dRJnpFH6RHTr6L7bNhrn7F:_IGaQqvUUrPTzRKJvqPYnA -d 'grant_type=password&username=dory&password=dorypass' http://{address}/api/oauth2/token"
        ),
        _ => format!(
            "curl -u SkyVaultapp:secret -d 'grant_type=password&username=admin&password=tiger' http://{address}/oauth/token\n  \
             curl -u SkyVaultapp:secret -d grant_type=client_credentials http://{address}/oauth/token\n  \
             curl -u SkyVaultapp:secret -d token=TOKEN http://{address}/introspect\n  \
             curl -H 'Authorization: Bearer TOKEN' http://{address}/secure"
        ),
    });
    format!("When it is ready, try:\n  {}", requests.collect::<Vec<_>>().join("\n  "))
}
