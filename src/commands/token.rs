//! `keyward token …`.

use comfy_table::Table;
use keyward_server::control::{
    Answer, Request,
    token::{Claims, Report},
};

use super::{ConfigFile, Failure};
use crate::{
    ask::{ask, unexpected},
    input,
    listing::{self, Form, list, time, time_if_any},
};

/// Look at tokens.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: keyward token inspect")]
pub struct Token {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
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

impl Token {
    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        let Action::Inspect { form, config } = self.action;
        let Answer::Token(report) = ask(&config, Request::InspectToken(input::token()?))? else { return Err(unexpected()) };
        form.show(&*report, table)
    }
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
