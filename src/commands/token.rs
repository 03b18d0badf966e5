//! `keyward token …`.

use comfy_table::Table;
use keyward_server::control::{
    Answer, Request,
    authorization::{Entry, What, Which},
    token::{Claims, Report},
};

use super::{ConfigFile, Failure};
use crate::{
    ask::{ask, unexpected},
    config::client::GRANT,
    input,
    listing::{self, Form, list, time, time_if_any},
    terminal::say,
};

/// Look at tokens, and end them.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: keyward token inspect")]
pub struct Token {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List what is live of what people authorized, the newest first
    ///
    /// Each is what a refresh token and the access tokens made from it stand on. Tokens of clients themselves (client_credentials)
    /// leave no row behind and are not listed.
    #[command(after_help = "Example: keyward token list --user alice")]
    List {
        /// Only what speaks for this user
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// Only what this client holds
        #[arg(long, value_name = "ID")]
        client: Option<String>,
        #[command(flatten)]
        form: Form,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// End what somebody authorized, and every token made from it
    #[command(after_help = "Example: keyward token revoke --client orders")]
    Revoke {
        #[command(flatten)]
        ended: EndedFlags,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Say what a token is, whether it is live, and if not, which check it fails
    ///
    /// The token is asked for, or read from standard input, with or without "Bearer" before it; it is never printed. Looking changes nothing: a refresh token
    /// that was used before is not taken for stolen.
    #[command(after_help = "Example: keyward token inspect < token.txt")]
    Inspect {
        #[command(flatten)]
        form: Form,
        #[command(flatten)]
        config: ConfigFile,
    },
}

#[derive(clap::Args, Debug)]
#[group(required = true, multiple = false)]
struct EndedFlags {
    /// The authorization with this handle, as `token list` shows it
    #[arg(value_name = "HANDLE")]
    handle: Option<String>,
    /// Everything that speaks for this user, who has to sign in again
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Everything that this client holds
    #[arg(long, value_name = "ID")]
    client: Option<String>,
}

impl Token {
    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        match self.action {
            Action::List { user, client, form, config } => {
                let which = Which { username: user, client };
                let Answer::Authorizations(found) = ask(&config, Request::ListAuthorizations(which))? else { return Err(unexpected()) };
                form.show(&found, |found| authorizations(found))
            }
            Action::Revoke { ended, config } => {
                let what = match ended {
                    EndedFlags { user: Some(user), .. } => What::User(user),
                    EndedFlags { client: Some(client), .. } => What::Client(client),
                    EndedFlags { handle, .. } => What::Handle(handle.unwrap_or_default()),
                };
                let Answer::Done = ask(&config, Request::EndAuthorizations(what.clone()))? else { return Err(unexpected()) };
                say(match what {
                    What::Handle(handle) => format!("Ended {handle}, and every token made from it."),
                    What::User(name) => format!("Ended everything that spoke for {name}."),
                    What::Client(id) => format!("Ended everything that {id} held."),
                });
                Ok(())
            }
            Action::Inspect { form, config } => {
                let Answer::Token(report) = ask(&config, Request::InspectToken(input::token()?))? else { return Err(unexpected()) };
                form.show(&*report, table)
            }
        }
    }
}

fn authorizations(found: &[Entry]) -> Table {
    let row = |own: &Entry| {
        let scope = own.scope.clone();
        [
            own.handle.clone(),
            own.username.clone(),
            own.client.to_string(),
            GRANT.word(&own.grant).to_owned(),
            scope,
            time(own.last_used_at),
            time(own.expires_at),
        ]
    };
    listing::rows(["HANDLE", "USER", "CLIENT", "GRANT", "SCOPE", "LAST USED", "EXPIRES"], found.iter().map(row))
}

fn table(report: &Report) -> Table {
    let verdict = match &report.failed {
        None => "live".to_owned(),
        Some(failed) => format!("not live: {} ({})", failed.reason, failed.step),
    };
    let head = [("token", report.kind.as_str().to_owned()), ("state", verdict)];
    listing::properties(head.into_iter().chain(report.claims.iter().flat_map(claims)))
}

fn claims(claims: &Claims) -> Vec<(&'static str, String)> {
    let own = claims.authorization.as_ref();
    let generation = own.map(|own| match own.in_force {
        Some(in_force) => format!("{}, in force is {in_force}", own.generation),
        None => own.generation.to_string(),
    });
    vec![
        ("id", claims.id.clone().unwrap_or_default()),
        ("client", claims.client.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("user", claims.username.clone().unwrap_or_default()),
        ("scope", claims.scope.clone()),
        ("audience", list(claims.audience.iter().map(|audience| audience.as_str()))),
        ("issued", time(claims.issued_at)),
        ("expires", time(claims.expires_at)),
        ("authorization", own.map(|own| own.id.clone()).unwrap_or_default()),
        ("generation", generation.unwrap_or_default()),
        ("revoked", time_if_any(own.and_then(|own| own.revoked_at))),
    ]
}
