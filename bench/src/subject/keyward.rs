//! Keyward, as it is shipped: release build, text log to a file, no metrics. On SQLite, or as nodes on PostgreSQL ([`Stand`]).
//!
//! 1. [`measure`] takes every operation but the password grant, on a server whose password hash is made cheap: so many
//!    authorizations are needed that honest hashing would take minutes. Nothing else about that server differs.
//! 2. [`measure_passwords`] takes the password grant with the default hash, and what it does to other requests meanwhile.
//! 3. [`measure_start`] takes the time from start to first token, and the memory before and after logins.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::task::JoinSet;

use super::{Server, free_address};
use crate::load::{
    Answer, CHALLENGE, Caller, Chain, Client, CodeFlow, Connection, Cycle, Drain, Window, code, get, get_with_cookies, get_with_token,
    post, post_with_cookies, redeem_request, refresh_request,
};
use crate::machine::Place;
use crate::run::{Bench, Round};
use crate::yardstick::argon;

/// The name of the one on SQLite, by which goals are judged.
pub const NAME: &str = "Keyward";

/// What a Keyward stands on.
#[derive(Clone, Debug)]
pub struct Stand {
    /// Its name in the report.
    pub name: &'static str,
    /// The start of the names of its folders.
    pub folder: &'static str,
    /// How many nodes there are.
    pub nodes: usize,
    /// The URL of its database and the process id of that; none for SQLite.
    pub database: Option<(String, u32)>,
}

impl Stand {
    /// One server with a file.
    pub fn sqlite() -> Self {
        Stand { name: NAME, folder: "sqlite", nodes: 1, database: None }
    }

    fn batch(&self) -> usize {
        if self.database.is_some() { BATCH_OF_NODES } else { BATCH }
    }
}

const SECRET: &str = "bench-secret-of-forty-three-characters-long";
pub const OPAQUE: Client = Client { id: "bench-opaque", secret: SECRET };
const JWT: [(&str, Client); 3] = [
    ("EdDSA", Client { id: "bench-eddsa", secret: SECRET }),
    ("ES256", Client { id: "bench-es256", secret: SECRET }),
    ("RS256", Client { id: "bench-rs256", secret: SECRET }),
];
pub const TOKEN: &str = "/oauth/token";
const OWN_TOKEN: &str = "grant_type=client_credentials&scope=read%20write";
pub const LOGIN: &str = "grant_type=password&username=bench&password=bench-password&scope=read%20write";
/// Tokens made at a time for what uses each only once; of nodes fewer, so that no code expires before it is redeemed.
const BATCH: usize = 10_000;
/// See [`BATCH`].
const BATCH_OF_NODES: usize = 2_000;
/// How many connections ask for codes before they are redeemed.
const ASKING: usize = 50;
/// Logins side by side where each is hashed honestly: enough to keep the hashing thread busy, few enough that nobody waits
/// so long as to be sent away.
const LOGINS: usize = 4;

/// How hard a password is to hash: memory in KiB and passes.
#[derive(Clone, Copy)]
pub struct Hash(u32, u32);

/// What so many authorizations can be made with.
pub const CHEAP: Hash = Hash(8, 1);
const DEFAULT: Hash = Hash(argon::MEMORY_KIB, argon::PASSES);

/// Step 1: every operation but the password grant.
pub fn measure(bench: &mut Bench, stand: &Stand) -> Result<()> {
    let folder = set_up(bench, stand, "operations", CHEAP)?;
    let server = start(bench, stand, &folder, Place::Server)?;
    let issue = post(TOKEN, OPAQUE, OWN_TOKEN);
    let login = post(TOKEN, OPAQUE, LOGIN);

    bench.measure(&server, "client_credentials, opaque", cycle(bench, vec![issue.clone()], "access_token"))?;
    for (algorithm, client) in JWT {
        let issue = post(TOKEN, client, OWN_TOKEN);
        bench.measure(&server, &format!("client_credentials, JWT {algorithm}"), cycle(bench, vec![issue], "access_token"))?;
    }

    let own = bench.collect(&server, vec![issue; 1000], "access_token")?;
    bench.measure(&server, "introspection, row-less token", cycle(bench, introspect(&own), "\"active\":true"))?;
    let of_users = bench.collect(&server, vec![login.clone(); 1000], "access_token")?;
    bench.measure(&server, "introspection, authorization", cycle(bench, introspect(&of_users), "\"active\":true"))?;
    let secured = of_users.iter().map(|token| get_with_token("/secure", token)).collect();
    bench.measure(&server, "/secure", cycle(bench, secured, "Secure Hello!"))?;

    bench.measure(&server, "password, hash made cheap", cycle(bench, vec![login.clone()], "access_token"))?;
    let chains = bench.collect(&server, vec![login.clone(); bench.options.waiting], "refresh_token")?;
    bench.measure(&server, "refresh", Chain::callers(TOKEN, OPAQUE, &chains))?;
    bench.measure_in_rounds(&server, "revoke", |bench| {
        let tokens = bench.collect(&server, vec![login.clone(); stand.batch()], "refresh_token")?;
        let revoke = |token: &str| post("/oauth/revoke", OPAQUE, &format!("token={token}"));
        Ok(Round::of_revocations(&tokens, revoke, |token| refresh_request(TOKEN, OPAQUE, token)))
    })?;

    measure_codes(bench, stand, &server)?;

    bench.measure(&server, "JWKS", cycle(bench, vec![get("/oauth/jwks")], "\"keys\""))?;
    bench.measure(&server, "metadata", cycle(bench, vec![get("/.well-known/oauth-authorization-server")], "\"issuer\""))
}

/// The authorization code grant, of a browser in which somebody is signed in and need not be asked.
fn measure_codes(bench: &mut Bench, stand: &Stand, server: &Server) -> Result<()> {
    let cookies = bench.block_on(sign_in(server))?;
    let id = OPAQUE.id;
    let path = format!("/oauth/authorize?response_type=code&client_id={id}&code_challenge={CHALLENGE}&code_challenge_method=S256");
    let authorize = get_with_cookies(&path, &cookies);
    bench.measure(server, "code flow: authorize, redeem", CodeFlow::callers(TOKEN, OPAQUE, authorize.clone(), bench.options.waiting))?;
    bench.measure_in_rounds(server, "code redemption", |bench| {
        let codes = bench.block_on(codes(server, &authorize, stand.batch()))?;
        let requests: Vec<_> = codes.iter().map(|code| redeem_request(TOKEN, OPAQUE, code)).collect();
        let refused_after = requests.iter().step_by(10).cloned().collect();
        Ok(Round { requests, refused_after })
    })
}

/// Signs the user in as a browser does; answers its cookies.
async fn sign_in(server: &Server) -> Result<String> {
    let mut connection = Connection::open(server.address).await?;
    let page = connection.exchange(&get("/login")).await?;
    let (browser, ticket) = (cookie(&page)?, ticket(page.body)?);
    let form = format!("csrf={ticket}&username=bench&password=bench-password");
    let answer = connection.exchange(&post_with_cookies("/login", &browser, &form)).await?;
    ensure!(answer.status == 303, "the login was refused with {}", answer.status);
    Ok(format!("{browser}; {}", cookie(&answer)?))
}

fn cookie(answer: &Answer<'_>) -> Result<String> {
    let set = answer.header("set-cookie").and_then(|set| set.split(';').next());
    set.map(str::to_owned).context("the answer sets no cookie")
}

fn ticket(page: &[u8]) -> Result<String> {
    let page = std::str::from_utf8(page)?;
    let value = page.split_once("name=\"csrf\" value=\"").and_then(|(_, rest)| rest.split('"').next());
    value.map(str::to_owned).context("the page to sign in has no ticket")
}

/// Fresh codes, asked for one after the other on several connections.
async fn codes(server: &Server, authorize: &[u8], batch: usize) -> Result<Vec<String>> {
    let mut asking = JoinSet::new();
    for _ in 0..ASKING {
        let (address, authorize) = (server.address, authorize.to_vec());
        asking.spawn(async move {
            let mut connection = Connection::open(address).await?;
            let mut codes = Vec::with_capacity(batch / ASKING);
            for _ in 0..batch / ASKING {
                let answer = connection.exchange(&authorize).await?;
                codes.push(code(&answer).context("the answer holds no code")?.to_owned());
            }
            anyhow::Ok(codes)
        });
    }
    let asked = asking.join_all().await;
    asked.into_iter().try_fold(Vec::with_capacity(batch), |mut codes, some| {
        codes.extend(some?);
        Ok(codes)
    })
}

/// Step 2: the password grant, and introspection at a steady pace without and with a flood of logins beside it. For the
/// latter the server has both cores, as it would have on a machine where nothing is pinned, and hashes on one of them.
pub fn measure_passwords(bench: &mut Bench) -> Result<()> {
    let logins = || Cycle::callers(vec![post(TOKEN, OPAQUE, LOGIN)], "access_token", LOGINS);
    {
        let folder = set_up(bench, &Stand::sqlite(), "passwords", DEFAULT)?;
        let server = start(bench, &Stand::sqlite(), &folder, Place::Server)?;
        bench.measure(&server, "password", logins())?;
    }
    let folder = set_up(bench, &Stand::sqlite(), "flood", DEFAULT)?;
    let server = start(bench, &Stand::sqlite(), &folder, Place::Both)?;
    let own = bench.collect(&server, vec![post(TOKEN, OPAQUE, OWN_TOKEN); 100], "access_token")?;
    let paced = Window { pace: Some(Duration::from_millis(20)), ..bench.window() };
    let others = || Cycle::callers(introspect(&own), "\"active\":true", 8);
    bench.measure_within(&server, "introspection at 400/s, alone", others(), paced)?;
    bench.measure_beside(&server, "introspection at 400/s, beside a flood of logins", others(), paced, logins())
}

/// What a start costs.
pub struct Start {
    /// From the start of the process to its first token, in an empty folder: keys and the database are made.
    pub first: Duration,
    /// The same with what an earlier start made; the median of several.
    pub again: Duration,
    /// Resident memory in MiB a second after the start.
    pub idle: f64,
    /// The same two seconds after a burst of logins with the default hash.
    pub after_logins: f64,
}

/// Step 3: start-up time and idle memory.
pub fn measure_start(bench: &Bench) -> Result<Start> {
    let folder = set_up(bench, &Stand::sqlite(), "start", DEFAULT)?;
    let (first, _) = to_first_token(bench, &folder)?;
    let mut again = Vec::new();
    for _ in 0..4 {
        again.push(to_first_token(bench, &folder)?.0);
    }
    let (last, server) = to_first_token(bench, &folder)?;
    again.push(last);
    again.sort_unstable();
    let median = again.get(again.len() / 2).copied().unwrap_or_default();

    thread::sleep(Duration::from_secs(1));
    let idle = server.memory()?;
    let logins = Drain::callers(vec![post(TOKEN, OPAQUE, LOGIN); 100], "access_token", LOGINS);
    let logged_in = bench.load(&server, logins, Window::until_done())?;
    ensure!(logged_in.wrong == 0, "logins before the memory is measured were refused: {:?}", logged_in.first_wrong);
    thread::sleep(Duration::from_secs(2));
    Ok(Start { first, again: median, idle, after_logins: server.memory()? })
}

/// Starts a server and asks for a token as soon as it says that it is ready.
fn to_first_token(bench: &Bench, folder: &Path) -> Result<(Duration, Server)> {
    let begin = Instant::now();
    let server = start(bench, &Stand::sqlite(), folder, Place::Server)?;
    bench.block_on(async {
        let mut connection = Connection::open(server.address).await?;
        let answer = connection.exchange(&post(TOKEN, OPAQUE, OWN_TOKEN)).await?;
        ensure!(answer.status == 200, "the first token was refused with {}", answer.status);
        Ok(())
    })?;
    Ok((begin.elapsed(), server))
}

/// Callers that send these requests over and over.
pub fn cycle(bench: &Bench, requests: Vec<Vec<u8>>, marker: &'static str) -> Vec<Box<dyn Caller>> {
    Cycle::callers(requests, marker, bench.options.waiting)
}

/// A request for each token.
pub fn introspect(tokens: &[String]) -> Vec<Vec<u8>> {
    tokens.iter().map(|token| post("/oauth/introspect", OPAQUE, &format!("token={token}"))).collect()
}

/// Starts every node of `stand`.
pub fn start(bench: &Bench, stand: &Stand, folder: &Path, place: Place) -> Result<Server> {
    let beside_this = std::env::current_exe()?.with_file_name("keyward");
    let program = bench.options.keyward.as_ref().unwrap_or(&beside_this);
    let mut nodes = Vec::new();
    for node in 0..stand.nodes {
        let own = folder.join(node.to_string());
        let mut serve = Command::new(program);
        serve.arg("serve").arg("--config").arg(own.join("keyward.toml"));
        let address = fs::read_to_string(own.join("address"))?.parse()?;
        nodes.push(Server::start(stand.name, (bench.cores, place), serve, &own, |line| (line == "ready").then_some(address))?);
    }
    let first = nodes.remove(0);
    Ok(first.beside(nodes, stand.database.as_ref().map(|(_, pid)| *pid)))
}

/// Writes a configuration for each node into a folder of its own below the folder for `purpose`.
pub fn set_up(bench: &Bench, stand: &Stand, purpose: &str, hash: Hash) -> Result<PathBuf> {
    let folder = bench.folder().join(format!("{}-{purpose}", stand.folder));
    let url = stand.database.as_ref().map_or("sqlite:../keyward.db", |(url, _)| url);
    let mut issuer = None;
    for node in 0..stand.nodes {
        let own = folder.join(node.to_string());
        fs::create_dir_all(&own).with_context(|| format!("cannot make the folder {}", own.display()))?;
        let address = free_address()?.to_string();
        let issuer = issuer.get_or_insert_with(|| address.clone());
        fs::write(own.join("address"), &address)?;
        fs::write(own.join("keyward.toml"), configuration(issuer, &address, url, hash))?;
    }
    Ok(folder)
}

fn configuration(issuer: &str, address: &str, url: &str, Hash(memory_kib, iterations): Hash) -> String {
    let client = |client: Client, format: &str| {
        format!(
            "[[client]]\nid = \"{}\"\ntype = \"confidential\"\nsecret = \"{}\"\n\
             grants = [\"authorization_code\", \"client_credentials\", \"password\", \"refresh_token\"]\nfirst_party = true\nredirect_uris = [\"https://app.example/cb\"]\n\
             scopes = [\"read\", \"write\"]\ndefault_scopes = [\"read\", \"write\"]\nprofiles = [\"skyvault\"]\n{format}\n\n",
            client.id, client.secret
        )
    };
    let signed = JWT.map(|(algorithm, by)| client(by, &format!("access_format = \"jwt\"\nalgorithm = \"{algorithm}\"")));
    format!(
        "issuer = \"http://{issuer}\"\n\n[store]\nurl = \"{url}\"\n\n[keys]\nroot_key_file = \"../root.key\"\n\n\
         [passwords]\nthreads = 1\nmemory_kib = {memory_kib}\niterations = {iterations}\n\n\
         [[listener]]\naddress = \"{address}\"\nprofile = \"skyvault\"\n\n\
         [[user]]\nusername = \"bench\"\npassword = \"bench-password\"\n\n{}{}",
        client(OPAQUE, "access_format = \"opaque\""),
        signed.concat()
    )
}
