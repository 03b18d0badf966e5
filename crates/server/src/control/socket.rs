//! The socket beside the store, through which commands reach the server that has the store open.
//!
//! 1. [`serve`] takes the place of a socket that a server left behind: whoever holds the store's lock may. Only the
//!    server's own user can connect.
//! 2. A connection carries one request and one answer, each one line of JSON, within limits of size and time.
//! 3. [`ask`] is the other end. That nobody listens is an answer of its own: the caller then opens the store itself.

mod address;
mod converse;

use std::{
    fs, io,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::{
    net::{UnixListener, UnixStream},
    task::JoinSet,
    time,
};
use tracing::{error, warn};

use super::{Answer, ControlError, Request};
use crate::{app::App, shutdown::Shutdown};
use address::Reach;

/// The longest request, in bytes.
pub const REQUEST_LIMIT: usize = 64 * 1024;
/// How many connections are served at a time; more wait.
const AT_ONCE: usize = 4;
/// How long a request may take to arrive, and an answer to be taken.
const TRANSFER_TIME: Duration = Duration::from_secs(5);
/// How long a command waits for its answer.
const ANSWER_TIME: Duration = Duration::from_secs(60);
/// How long to wait when the system refuses to hand over a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// What travels back.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Done(Answer),
    Refused(ControlError),
}

/// Why there is no socket.
#[derive(Debug, Error)]
pub enum SocketError {
    /// Something else has its name.
    #[error("{0} is in the way: expected the socket of an earlier server there or nothing, found something else; move it away")]
    Occupied(PathBuf),
    /// The system does not allow it.
    #[error("cannot make the socket {0}, through which commands reach the server: {1}")]
    Bind(PathBuf, io::Error),
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum AskError {
    /// Nobody listens: no server has this store open.
    #[error("no server is running on this store")]
    NoServer,
    /// It was refused or failed.
    #[error(transparent)]
    Refused(#[from] ControlError),
    /// Only the server's user may ask.
    #[error("the server behind {0} belongs to another user; run this command as that user")]
    Forbidden(PathBuf),
    /// The server went away, or does not answer.
    #[error("the server behind {0} did not answer: {1}; look at its log, then try again")]
    NoAnswer(PathBuf, io::Error),
    /// It answers something else.
    #[error("the server behind {0} gave an answer that this version of keyward does not know; use the version of the server")]
    Foreign(PathBuf),
}

/// Where the socket of the store at `database` is.
#[must_use]
pub fn beside(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(".sock");
    path.into()
}

/// Listens at `path`, from now on; the future that comes back answers until `shutdown`, then removes the socket.
///
/// # Errors
/// See [`SocketError`].
pub fn serve(app: Arc<App>, path: &Path, shutdown: Shutdown) -> Result<impl Future<Output = ()> + use<>, SocketError> {
    let failed = |error| SocketError::Bind(path.to_owned(), error);
    match fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => return Err(SocketError::Occupied(path.to_owned())),
        Ok(_) => fs::remove_file(path).map_err(failed)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let reach = Reach::to(path).map_err(failed)?;
    let listener = UnixListener::bind(reach.path()).map_err(failed)?;
    let door = Door { path: path.to_owned(), _app: app.clone() };
    // Until this is done others could connect, but whoever they are is looked at as well.
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(answer_until(app, listener, door, shutdown))
}

/// The socket's file, which goes with it.
struct Door {
    path: PathBuf,
    /// As long as this is held the store is locked, so that no other server's socket is there to be removed.
    _app: Arc<App>,
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            warn!(%error, socket = %self.path.display(), "the socket for commands was not removed");
        }
    }
}

async fn answer_until(app: Arc<App>, listener: UnixListener, door: Door, mut shutdown: Shutdown) {
    let mut conversations = JoinSet::new();
    loop {
        let full = conversations.len() >= AT_ONCE;
        tokio::select! {
            biased;
            () = shutdown.requested() => break,
            Some(_) = conversations.join_next() => {}
            accepted = listener.accept(), if !full => match accepted {
                Ok((stream, _)) => {
                    let app = app.clone();
                    conversations.spawn(async move { converse::answer(&app, stream).await });
                }
                Err(error) => {
                    error!(%error, "cannot accept a command; trying again");
                    time::sleep(PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    drop(door);
    while conversations.join_next().await.is_some() {}
}

/// Sends `request` to the server whose socket is at `path`.
///
/// # Errors
/// See [`AskError`].
pub async fn ask(path: &Path, request: &Request) -> Result<Answer, AskError> {
    let stream = connect(path).await?;
    let silent = |error| AskError::NoAnswer(path.to_owned(), error);
    let answered = time::timeout(ANSWER_TIME, converse::ask(stream, request)).await;
    let line = answered.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(silent)?;
    match serde_json::from_slice(&line) {
        Ok(Reply::Done(answer)) => Ok(answer),
        Ok(Reply::Refused(refused)) => Err(AskError::Refused(refused)),
        Err(error) if error.is_eof() => Err(silent(io::ErrorKind::UnexpectedEof.into())),
        Err(_) => Err(AskError::Foreign(path.to_owned())),
    }
}

async fn connect(path: &Path) -> Result<UnixStream, AskError> {
    use io::ErrorKind::{ConnectionRefused, NotFound, PermissionDenied};
    let reached = async { UnixStream::connect(Reach::to(path)?.path()).await };
    reached.await.map_err(|error| match error.kind() {
        NotFound | ConnectionRefused => AskError::NoServer,
        PermissionDenied => AskError::Forbidden(path.to_owned()),
        _ => AskError::NoAnswer(path.to_owned(), error),
    })
}
