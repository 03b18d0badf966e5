//! Users of a directory (LDAP, RFC 4511): who is looked for there, what its answer means, whose account it is here.
//!
//! 1. [`Source::asks_directory`]: a name is looked for here or there, never in both places.
//! 2. [`can_be_asked`]: what cannot be anybody's name or password never reaches the directory.
//! 3. It is asked with a [`Filter`], in which everything typed is escaped. What it says is a [`Verdict`].
//! 4. [`Policy::recognise`] makes that a user name, the same one however somebody spelt theirs.
//! 5. [`Policy::admit`] finds their entry here, or makes one. Nobody else's is taken over.

mod filter;

use std::sync::Arc;

use keyward_wire::{
    directory::DirectoryRefusal,
    error::{Code, Refusal},
};

use crate::{
    effect::Effect,
    model::{
        epoch::{Epoch, Revision},
        id::UserId,
        time::Timestamp,
        user::{Origin, PasswordHash, User, check_username},
    },
};

pub use filter::Filter;

/// Passwords of more bytes are not sent to a directory.
pub const LONGEST_PASSWORD: usize = 4096;

/// Which users log in where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// All of them at the directory.
    Directory,
    /// Those here who have a password here, everybody else at the directory.
    Both,
}

impl Source {
    /// Whether a password is the directory's to check; `known` has the name that was typed.
    #[must_use]
    pub fn asks_directory(self, known: Option<&User>) -> bool {
        match self {
            Source::Directory => true,
            Source::Both => known.is_none_or(|user| user.origin == Origin::Directory),
        }
    }
}

/// Whether name and password may be sent to a directory.
///
/// # Errors
/// Why not, for the log. Above all for no password at all: a directory takes that for a bind without one, and agrees
/// (RFC 4513 §5.1.2).
pub fn can_be_asked(login: &str, password: &str) -> Result<(), &'static str> {
    match password {
        "" => Err("expected a password, found none"),
        _ if password.len() > LONGEST_PASSWORD => Err("expected a password of at most 4096 bytes, found a longer one"),
        // Some directories read up to there only.
        _ if password.contains('\0') => Err("expected a password without NUL, found one with it"),
        _ => check_username(login).map_err(|_| "expected what can be a user name, found something else"),
    }
}

/// What a directory says of a name and a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They belong together, and this is whose they are.
    Right(Entry),
    /// Nobody is found by them.
    Unknown,
    /// More than one is found by them.
    Several,
    /// The password is not theirs: the bind ended with this result code (RFC 4511 §A.1).
    Wrong(u32),
    /// They belong together, but `user_not_blocked_filter` does not fit.
    Locked,
    /// They belong together, but `auth_filter` does not fit.
    NotRegistered,
}

/// What is known of somebody there: attributes with their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry(pub Vec<(String, Vec<String>)>);

impl Entry {
    /// The values of an attribute; none if it is not there. Upper and lower case are the same (RFC 4512 §2.5).
    #[must_use]
    pub fn values(&self, attribute: &str) -> &[String] {
        self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(attribute)).map_or(&[], |(_, values)| values)
    }
}

/// What is made of what a directory says.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The attributes that name somebody here: the first that is there.
    pub username_attributes: Vec<String>,
    /// An attribute that everybody must have who logs in.
    pub email_attribute: Option<String>,
    /// Whether who knows the password is told more than that it was wrong.
    pub detailed_errors: bool,
}

impl Policy {
    /// The user name here of who the directory found.
    ///
    /// # Errors
    /// [`Code::DirectoryRefused`].
    pub fn recognise(&self, verdict: Verdict) -> Result<String, Refusal> {
        use DirectoryRefusal::{CredentialsWrong, Locked, NoEmail, NotRegistered};
        let several = "the search finds more than one entry; narrow directory.search_filter, or mend the directory";
        match verdict {
            Verdict::Unknown => Err(self.refuse(CredentialsWrong, "directory_user_known", "the search finds nobody".to_owned())),
            Verdict::Several => Err(self.refuse(CredentialsWrong, "directory_user_unique", several.to_owned())),
            Verdict::Wrong(result) => Err(self.refuse(CredentialsWrong, "directory_bind", format!("the bind ended with result {result}"))),
            Verdict::Locked => Err(self.refuse(Locked, "directory_user_unlocked", "user_not_blocked_filter does not fit".to_owned())),
            Verdict::NotRegistered => Err(self.refuse(NotRegistered, "directory_user_registered", "auth_filter does not fit".to_owned())),
            Verdict::Right(entry) => {
                let wanted = self.email_attribute.as_deref().filter(|wanted| entry.values(wanted).iter().all(String::is_empty));
                if let Some(missing) = wanted {
                    return Err(self.refuse(NoEmail, "directory_email", format!("the entry has no {missing}")));
                }
                self.username(&entry)
            }
        }
    }

    /// Several values are refused: which comes first may be another one tomorrow, and with it the account.
    fn username(&self, entry: &Entry) -> Result<String, Refusal> {
        let refuse = |reason| Err(self.refuse(DirectoryRefusal::NotAuthorized, "directory_username", reason));
        let named = self.username_attributes.iter().find_map(|name| match entry.values(name) {
            [] => None,
            values => Some((name, values)),
        });
        match named {
            None => refuse(format!("the entry has none of {}", self.username_attributes.join(", "))),
            Some((name, [one])) => match check_username(one) {
                Ok(()) => Ok(one.clone()),
                Err(mend) => refuse(format!("the entry's {name} can be no user name here: {mend}")),
            },
            Some((name, more)) => {
                let found = more.len();
                refuse(format!(
                    "expected one value of {name}, found {found}; name an attribute of one value in directory.username_attributes"
                ))
            }
        }
    }

    /// The entry here of who is called `username` there, and how to make it where there is none. `known` has that name, or one
    /// that looks like it.
    ///
    /// # Errors
    /// [`Code::DirectoryRefused`]: the name is somebody else's here.
    pub fn admit(
        &self,
        known: Option<Arc<User>>,
        username: &str,
        now: Timestamp,
        fresh: impl FnOnce() -> (UserId, Epoch),
    ) -> Result<(Vec<Effect>, Arc<User>), Refusal> {
        // Names that look alike are one account here, but may be two people there.
        let is_theirs = |user: &User| user.origin == Origin::Directory && user.username.to_lowercase() == username.to_lowercase();
        match known {
            Some(user) if is_theirs(&user) => Ok((Vec::new(), user)),
            Some(other) => {
                let name = &other.username;
                let mend =
                    "rename one of the two, or remove the one here: with keyward user remove, or from the configuration if that keeps it";
                let reason = format!("the directory calls somebody {username:?}, and there is another user {name:?} here; {mend}");
                Err(self.refuse(DirectoryRefusal::NotAuthorized, "directory_account", reason))
            }
            None => {
                let user = new(username, now, fresh());
                Ok((vec![Effect::AddUser(user.clone())], Arc::new(user)))
            }
        }
    }

    /// Refuses somebody; unless the policy is to tell more, all are told the same.
    fn refuse(&self, why: DirectoryRefusal, step: &'static str, reason: String) -> Refusal {
        let told = if self.detailed_errors { why } else { DirectoryRefusal::CredentialsWrong };
        Refusal::new(Code::DirectoryRefused(told), step, reason)
    }
}

fn new(username: &str, now: Timestamp, (id, epoch): (UserId, Epoch)) -> User {
    User {
        id,
        username: username.to_owned(),
        epoch,
        sign_in_epoch: Epoch::default(),
        revision: Revision::default(),
        password: PasswordHash::none(),
        admin_since: None,
        disabled_at: None,
        created_at: now,
        origin: Origin::Directory,
    }
}
