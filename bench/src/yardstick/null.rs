//! The null server: Keyward's HTTP stack with nothing behind it.
//!
//! It reads the same POST and answers a fixed JSON of 300 bytes; on `/sign` it makes one Ed25519 signature before it does.

use std::hint::black_box;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Result;
use aws_lc_rs::signature::Ed25519KeyPair;
use axum::Router;
use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use axum::routing::post;
use axum::serve::ListenerExt;
use keyward_server::listener::{Connections, Limits, Listener, ListenerSettings, TrustedProxies};
use keyward_server::metrics::Metrics;
use keyward_server::shutdown::shutdown;
use tokio::net::TcpListener;

/// Every body is this long.
const LENGTH: usize = 300;
/// What a signature is made of: about as much as the header and payload of a JWT access token.
const SIGNED: [u8; LENGTH] = [b'x'; LENGTH];

type Fixed = ([(HeaderName, &'static str); 2], Bytes);

/// The role: serves on a port of the system's choice until it is ended, and prints it as `{"port": …}` when it answers.
/// Behind Keyward's listener, every answer passes its limits, request ids and counters as well.
pub fn run(behind_listener: bool) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if behind_listener { runtime.block_on(serve_behind_listener()) } else { runtime.block_on(serve()) }
}

async fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say_port(listener.local_addr()?)?;
    axum::serve(listener.tap_io(|stream| drop(stream.set_nodelay(true))), router()?).await?;
    Ok(())
}

async fn serve_behind_listener() -> Result<()> {
    let address = (Ipv4Addr::LOCALHOST, 0).into();
    let listener = Listener::bind(ListenerSettings { address, certificate: None, trusted_proxies: TrustedProxies::default() }).await?;
    say_port(listener.address())?;
    let connections = Connections::new(Limits::default(), Arc::new(Metrics::new(&["/oauth/token", "/sign"])?));
    let (_stop, until_ended) = shutdown();
    listener.serve(router()?, connections, until_ended).await;
    Ok(())
}

fn say_port(address: SocketAddr) -> Result<()> {
    super::print(&serde_json::json!({ "port": address.port() }))
}

fn router() -> Result<Router> {
    let key = Arc::new(Ed25519KeyPair::generate()?);
    let body = Bytes::from(format!("{{\"access_token\":\"{:0>1$}\"}}", "", LENGTH - 19));
    let fixed: Fixed = ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], body);
    let signed = fixed.clone();
    let sign = async move |_: Bytes| {
        black_box(key.sign(&SIGNED));
        signed.clone()
    };
    Ok(Router::new().route("/oauth/token", post(async move |_: Bytes| fixed.clone())).route("/sign", post(sign)))
}
