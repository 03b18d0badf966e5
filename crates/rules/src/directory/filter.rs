//! Search filters (RFC 4515) with places for what somebody typed.

use std::fmt::Write;

use secrecy::SecretString;
use zeroize::Zeroizing;

/// How deep a filter may be nested.
const DEEPEST: usize = 32;
/// The longest template, in bytes.
const LONGEST: usize = 4096;

/// A filter with places for a name and a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Login,
    Password,
}

impl Filter {
    /// Reads a template: a filter in which `${login}` and `${password}` stand for values. Whether what is around them is a
    /// filter to its end, only a directory's client knows.
    ///
    /// # Errors
    /// How to mend it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("write at most {LONGEST} bytes"));
        }
        let (mut parts, mut rest) = (Vec::new(), text);
        let mut nesting = Nesting::default();
        while let Some((before, after)) = rest.split_once("${") {
            nesting.read(before)?;
            let (name, after) = after.split_once('}').ok_or("close ${ with }")?;
            let part = match name {
                "login" => Part::Login,
                "password" => Part::Password,
                _ => return Err(format!("write ${{login}} or ${{password}}, not ${{{name}}}")),
            };
            if !nesting.in_value {
                return Err(format!("write ${{{name}}} only after =: elsewhere it would choose what is compared"));
            }
            parts.extend([Part::Text(before.to_owned()), part]);
            rest = after;
        }
        nesting.read(rest)?;
        parts.push(Part::Text(rest.to_owned()));
        if !text.starts_with('(') || nesting.depth != 0 {
            return Err("put it in parentheses, and close each".to_owned());
        }
        Ok(Filter(parts))
    }

    /// Whether it has a place for the login.
    #[must_use]
    pub fn wants_login(&self) -> bool {
        self.0.contains(&Part::Login)
    }

    /// Whether it has a place for the password: then finding somebody by it is the check.
    #[must_use]
    pub fn wants_password(&self) -> bool {
        self.0.contains(&Part::Password)
    }

    /// The filter for a login and a password, which are compared as they are, whatever is in them.
    #[must_use]
    pub fn with(&self, login: &str, password: &str) -> SecretString {
        // All of it at once, so that no shorter copy with half a password stays behind.
        let mut text = Zeroizing::new(String::with_capacity(LONGEST + 3 * self.0.len() * login.len().max(password.len())));
        for part in &self.0 {
            match part {
                Part::Text(own) => text.push_str(own),
                Part::Login => escape(login, &mut text),
                Part::Password => escape(password, &mut text),
            }
        }
        text.as_str().into()
    }
}

/// Writes a value so that nothing in it means anything (RFC 4515 §3).
fn escape(value: &str, into: &mut String) {
    for c in value.chars() {
        match c {
            '*' | '(' | ')' | '\\' | '\0' => {
                let _ = write!(into, "\\{:02x}", u32::from(c));
            }
            c => into.push(c),
        }
    }
}

/// Where in a filter a reader is.
#[derive(Default)]
struct Nesting {
    depth: usize,
    in_value: bool,
}

impl Nesting {
    fn read(&mut self, text: &str) -> Result<(), &'static str> {
        for c in text.chars() {
            match c {
                '(' if self.depth == DEEPEST => return Err("nest it less deeply"),
                '(' => (self.depth, self.in_value) = (self.depth + 1, false),
                ')' => (self.depth, self.in_value) = (self.depth.checked_sub(1).ok_or("open what is closed")?, false),
                '=' => self.in_value = true,
                _ => {}
            }
        }
        Ok(())
    }
}
