//! `keyward client invite`: lets clients register themselves.

use comfy_table::Table;
use keyward_rules::model::time::Seconds;
use keyward_server::control::{
    Answer, Request,
    invitation::{MadeInvitation, NewInvitation},
};
use secrecy::ExposeSecret;

use crate::{
    ask::{ask, unexpected},
    commands::{ConfigFile, Failure},
    config::{format::read_text, tokens::LIFETIME},
    listing::{self, Form, time},
};

/// An invitation to make.
#[derive(clap::Args, Debug)]
pub struct Invite {
    /// How many clients may register with it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    uses: u32,
    /// How long it may be used, such as 12h
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = |text: &str| read_text(&LIFETIME, text))]
    expires: Seconds,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    config: ConfigFile,
}

impl Invite {
    /// Makes it.
    pub fn run(self) -> Result<(), Failure> {
        let request = Request::Invite(NewInvitation { uses: self.uses, lifetime: self.expires });
        let Answer::Invitation(made) = ask(&self.config, request)? else { return Err(unexpected()) };
        self.form.show(&made, properties)
    }
}

fn properties(made: &MadeInvitation) -> Table {
    let token = made.initial_access_token.expose_secret().to_owned();
    listing::properties([("initial_access_token", token), ("uses", made.uses.to_string()), ("expires", time(made.expires_at))])
}
