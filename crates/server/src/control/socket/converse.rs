//! One conversation: a request, an answer.

use std::io;

use rustix::process::geteuid;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    time,
};
use tracing::{info, warn};
use zeroize::Zeroizing;

use super::{REQUEST_LIMIT, Reply, TRANSFER_TIME};
use crate::{
    app::App,
    control::{ControlError, Request, execute},
};

/// Answers what comes over `stream`, if it comes from the server's own user or the administrator.
pub(super) async fn answer(app: &App, mut stream: UnixStream) {
    match stream.peer_cred() {
        Ok(peer) if peer.uid() == geteuid().as_raw() || peer.uid() == 0 => {}
        peer => return warn!(?peer, "a command of another user was not listened to"),
    }
    let reply = match read(&mut stream).await {
        Ok(request) => carry_out(app, request).await,
        Err(refused) => Reply::Refused(refused),
    };
    let Ok(mut line) = serde_json::to_vec(&reply).map(Zeroizing::new) else { return warn!("an answer could not be written as JSON") };
    line.push(b'\n');
    if !matches!(time::timeout(TRANSFER_TIME, stream.write_all(&line)).await, Ok(Ok(()))) {
        warn!("a command went away before it took its answer");
    }
}

/// Does what is asked, and says so in the log.
async fn carry_out(app: &App, request: Request) -> Reply {
    // As texts, not as they are: the log quotes what could begin a line of its own.
    let command = request.summary();
    match execute(app, request).await {
        Ok(answer) => {
            info!(command, "done");
            Reply::Done(answer)
        }
        Err(refused) => {
            info!(command, reason = refused.to_string(), "refused");
            Reply::Refused(refused)
        }
    }
}

async fn read(stream: &mut UnixStream) -> Result<Request, ControlError> {
    let slow = |_| ControlError::TooSlow(TRANSFER_TIME.as_secs());
    let broken = |error: io::Error| ControlError::Malformed(error.to_string());
    // As large as it may become: what grows leaves copies of passwords behind.
    let mut line = Zeroizing::new(vec![0; REQUEST_LIMIT]);
    let length = time::timeout(TRANSFER_TIME, read_line(stream, &mut line)).await.map_err(slow)?.map_err(broken)?;
    let request = line.get(..length.ok_or(ControlError::TooLarge)?).unwrap_or_default();
    // What serde says of it could show a part of it.
    serde_json::from_slice(request).map_err(|error| ControlError::Malformed(format!("something else from byte {} on", error.column())))
}

/// Reads up to the end of the line; returns how many bytes come before it, `None` if more than there is room for.
async fn read_line(stream: &mut (impl AsyncRead + Unpin), room: &mut [u8]) -> io::Result<Option<usize>> {
    let mut filled = 0;
    loop {
        let Some(rest) = room.get_mut(filled..).filter(|rest| !rest.is_empty()) else { return Ok(None) };
        let count = stream.read(rest).await?;
        if count == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("the end after {filled} bytes, before the end of the line")));
        }
        if let Some(end) = rest.iter().take(count).position(|byte| *byte == b'\n') {
            return Ok(Some(filled + end));
        }
        filled += count;
    }
}

/// Sends a request and takes the line that comes back.
pub(super) async fn ask(mut stream: UnixStream, request: &Request) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(serde_json::to_vec(request)?);
    line.push(b'\n');
    // A server that refuses early, a request that is too long for one, answers without having taken it all.
    let sent = stream.write_all(&line).await;
    let mut answer = Zeroizing::new(Vec::new());
    match stream.read_to_end(&mut answer).await {
        Ok(_) => {}
        Err(error) if answer.is_empty() => return sent.and(Err(error)),
        Err(_) => {}
    }
    Ok(answer)
}
