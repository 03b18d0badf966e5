//! `keyward client …`.

mod add;
mod change;
mod flags;
mod invite;
mod legacy;

use comfy_table::Table;
use keyward_server::control::{
    Answer, Request,
    client::{Credentials, Entry},
};
use secrecy::ExposeSecret;

use super::{ConfigFile, Failure};
use crate::{
    ask::{ask, unexpected},
    config::{
        client::{GRANT, KIND, RESPONSE_MODE},
        listener::PROFILE,
    },
    listing::{self, Form, duration, list, time, yes},
    terminal::say,
};

/// Register, look at, change and remove clients.
///
/// A running server is asked to do it; where none runs, the store is opened itself. Clients that the configuration file
/// names are changed only there.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: keyward client list")]
pub struct Client {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Register a client; the secret of a confidential one is printed this once
    ///
    /// Lists are given by repeating a flag, or with commas between the words.
    #[command(after_help = "Example: keyward client add orders --grant client_credentials --scope read,write --default-scope read")]
    Add {
        #[command(flatten)]
        client: Box<add::NewClientFlags>,
        #[command(flatten)]
        form: Form,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Change what a client is registered for; what it loses, its tokens lose at once
    ///
    /// What is given replaces what was there, lists as a whole; what is not given stays. (Defaults are those of client add.)
    #[command(after_help = "Example: keyward client change orders --scope read,write --permitted=false")]
    Change {
        #[command(flatten)]
        client: Box<change::ChangeFlags>,
        #[command(flatten)]
        form: Form,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// List all clients
    List {
        /// Only those that this user registered
        #[arg(long, value_name = "NAME")]
        owner: Option<String>,
        /// Only plugins
        #[arg(long)]
        plugins: bool,
        #[command(flatten)]
        form: Form,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Show one client, without its secret
    Show {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        form: Form,
    },
    /// Give a client another secret, which is printed this once, and end what it holds
    ResetSecret {
        #[command(flatten)]
        which: Which,
        /// Leave its tokens valid: nobody else has seen the old secret
        #[arg(long)]
        keep_tokens: bool,
        #[command(flatten)]
        form: Form,
    },
    /// Deregister a client, and end what it holds
    Remove(Which),
    /// Make a token with which clients register themselves; it is printed this once
    ///
    /// Where registration.mode is "token", this is what a client's developer sends along (RFC 7591).
    #[command(after_help = "Example: keyward client invite --uses 3 --expires 12h")]
    Invite(invite::Invite),
}

#[derive(clap::Args, Debug)]
struct Which {
    /// What it is registered under
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    config: ConfigFile,
}

impl Client {
    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        match self.action {
            Action::Add { client, form, config } => form.show(&client.run(&config)?, credentials),
            Action::Change { client, form, config } => form.show(&*client.run(&config)?, properties),
            Action::List { owner, plugins, form, config } => {
                let Answer::Clients(mut clients) = ask(&config, Request::ListClients { owner })? else { return Err(unexpected()) };
                clients.retain(|client| !plugins || client.plugin_source.is_some());
                form.show(&clients, |clients| table(clients))
            }
            Action::Show { which, form } => {
                let Answer::Client(client) = ask(&which.config, Request::ShowClient(which.id))? else { return Err(unexpected()) };
                form.show(&*client, properties)
            }
            Action::ResetSecret { which, keep_tokens, form } => {
                let answer = ask(&which.config, Request::ResetSecret { id: which.id, keep_tokens })?;
                let Answer::Credentials(made) = answer else { return Err(unexpected()) };
                form.show(&made, credentials)
            }
            Action::Invite(invite) => invite.run(),
            Action::Remove(which) => {
                let Answer::Done = ask(&which.config, Request::RemoveClient(which.id.clone()))? else { return Err(unexpected()) };
                say(format_args!("Removed {}.", which.id));
                Ok(())
            }
        }
    }
}

fn credentials(made: &Credentials) -> Table {
    let secret = made.client_secret.as_ref().map(|secret| secret.expose_secret().to_owned());
    listing::properties([("client_id", made.client_id.to_string()), ("client_secret", secret.unwrap_or_default())])
}

fn table(clients: &[Entry]) -> Table {
    let row = |client: &Entry| {
        let grants = list(client.grants.iter().map(|grant| GRANT.word(grant)));
        let profiles = list(client.profiles.iter().map(|profile| PROFILE.word(profile)));
        let by = client.owner.clone().unwrap_or_else(|| client.kept_by.as_str().to_owned());
        [client.id.to_string(), client.name.clone(), kind(client), grants, profiles, by, time(client.created_at)]
    };
    listing::rows(["ID", "NAME", "TYPE", "GRANTS", "PROFILES", "BY", "REGISTERED"], clients.iter().map(row))
}

fn kind(client: &Entry) -> String {
    let plugin = match (&client.plugin_source, client.permitted) {
        (None, _) => "",
        (Some(_), true) => ", plugin",
        (Some(_), false) => ", plugin not permitted",
    };
    format!("{}{}{plugin}", KIND.word(&client.kind), if client.super_client { ", super" } else { "" })
}

fn properties(client: &Entry) -> Table {
    let format = list(std::iter::once(&*client.access_format).chain(client.algorithm.map(|algorithm| algorithm.as_str())));
    let if_any = |span| Option::map_or(span, String::new(), duration);
    listing::properties([
        ("id", client.id.to_string()),
        ("name", client.name.clone()),
        ("description", client.description.clone().unwrap_or_default()),
        ("url", client.url.clone().unwrap_or_default()),
        ("type", kind(client)),
        ("plugin source", client.plugin_source.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("first party", yes(client.first_party)),
        ("grants", list(client.grants.iter().map(|grant| GRANT.word(grant)))),
        ("scopes", list(&client.scopes)),
        ("default scopes", list(&client.default_scopes)),
        ("client credentials scopes", client.client_credentials_scopes.as_ref().map(list).unwrap_or_default()),
        ("audiences", list(client.audiences.iter().map(|audience| audience.as_str()))),
        ("resource server for", list(client.resource_server_for.iter().map(|audience| audience.as_str()))),
        ("profiles", list(client.profiles.iter().map(|profile| PROFILE.word(profile)))),
        ("redirect uris", list(client.redirect_uris.iter().map(|uri| uri.as_str()))),
        ("response modes", list(client.response_modes.iter().map(|mode| RESPONSE_MODE.word(mode)))),
        ("requires PKCE", yes(client.require_pkce)),
        ("code lifetime", duration(client.code_lifetime)),
        ("access lifetime", duration(client.access_lifetime)),
        ("password access lifetime", if_any(client.password_access_lifetime)),
        ("refresh lifetime", duration(client.refresh_lifetime)),
        ("refresh idle", if_any(client.refresh_idle)),
        ("refresh grace", duration(client.refresh_grace)),
        ("rotates refresh tokens", yes(client.rotate)),
        ("rotation ends access tokens", yes(client.rotation_ends_access_tokens)),
        ("access format", format),
        ("registered", time(client.created_at)),
        ("registered by", client.owner.clone().unwrap_or_default()),
        ("kept by", client.kept_by.as_str().to_owned()),
    ])
}
