//! What an operator types. A command that fails leaves open what it has done: the server may be gone before it has answered.

use std::process::{Command, Stdio};

use super::{Caller, Heard};
use crate::journal::{Answer, Ask};
use crate::scenario::{CLIENTS, username};

impl Caller<'_> {
    pub(super) fn as_operator(&self, ask: Ask) -> Heard {
        let client = |number: usize| CLIENTS.get(number).map_or("", |client| client.id).to_owned();
        let words = match ask {
            Ask::EndUser(user) => ["token", "revoke", "--user", &username(user)].map(str::to_owned).to_vec(),
            Ask::EndClient(number) => ["token", "revoke", "--client", &client(number)].map(str::to_owned).to_vec(),
            Ask::Disable(user) => ["user", "disable", &username(user)].map(str::to_owned).to_vec(),
            Ask::Enable(user) => ["user", "enable", &username(user)].map(str::to_owned).to_vec(),
            _ => return Heard::Plain(Answer::Odd("no operator can ask this".to_owned())),
        };
        let Some(node) = self.node() else { return Heard::Plain(Answer::Unavailable) };
        let mut command = Command::new(&self.desk.program);
        command.args(words).arg("--config").arg(&node.configuration);
        let done = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        Heard::Plain(if done.is_ok_and(|status| status.success()) { Answer::Done } else { Answer::Unavailable })
    }
}
