//! A network that can be cut: a TCP proxy in threads of this process.
//!
//! 1. Each connection is accepted at once, and connected to the target as soon as the link is whole.
//! 2. Two threads carry its bytes, one in each direction. While the link is cut they hold what they have read, so that both
//!    ends wait, as they do when packets are lost; once it is mended everything arrives.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result};

/// A link to one target. Dropped, it closes all its connections.
#[derive(Debug)]
pub struct Link {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    condition: Mutex<Condition>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Condition {
    is_cut: bool,
    is_gone: bool,
    open: Vec<TcpStream>,
}

impl Link {
    /// A link from a free loopback port to `target`.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn between(target: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen")?;
        let (address, state) = (listener.local_addr()?, Arc::new(State::default()));
        let accepting = Arc::clone(&state);
        thread::spawn(move || accept(&listener, target, &accepting));
        Ok(Self { address, state })
    }

    /// Its near end: what connects here gets to the target.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on nothing gets through, in either direction, and nobody is told.
    pub fn cut(&self) {
        self.state.change(|condition| condition.is_cut = true);
    }

    /// Closes every connection, and loses what waited in it. New ones wait, or get through, as before.
    pub fn tear(&self) {
        self.state.change(close);
    }

    /// Everything gets through again, first what waited.
    pub fn mend(&self) {
        self.state.change(|condition| condition.is_cut = false);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.state.change(|condition| {
            condition.is_gone = true;
            close(condition);
        });
        // Wakes the thread that accepts, which then ends.
        let _ = TcpStream::connect(self.address);
    }
}

impl State {
    fn change(&self, change: impl FnOnce(&mut Condition)) {
        change(&mut self.condition.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }

    /// Waits until the link is whole; false if it is gone.
    fn is_whole(&self) -> bool {
        let condition = self.condition.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = |condition: &mut Condition| condition.is_cut && !condition.is_gone;
        !self.changed.wait_while(condition, waits).unwrap_or_else(PoisonError::into_inner).is_gone
    }

    /// Remembers a connection, to be closed with the link; false if it is gone.
    fn keep(&self, stream: &TcpStream) -> io::Result<bool> {
        let mut condition = self.condition.lock().unwrap_or_else(PoisonError::into_inner);
        condition.open.push(stream.try_clone()?);
        Ok(!condition.is_gone)
    }
}

fn close(condition: &mut Condition) {
    for stream in condition.open.drain(..) {
        // Fails only when it is closed already.
        let _ = stream.shutdown(Shutdown::Both);
    }
}

fn accept(listener: &TcpListener, target: SocketAddr, state: &Arc<State>) {
    while let Ok((near, _)) = listener.accept() {
        if !matches!(state.keep(&near), Ok(true)) {
            return;
        }
        let state = Arc::clone(state);
        thread::spawn(move || {
            // A target that refuses shows in that the near end is closed.
            let _ = carry_both(near, target, &state);
        });
    }
}

fn carry_both(near: TcpStream, target: SocketAddr, state: &Arc<State>) -> io::Result<()> {
    if !state.is_whole() {
        return Ok(());
    }
    let far = TcpStream::connect(target)?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    if !state.keep(&far)? {
        return Ok(());
    }
    let (near_again, far_again, state_again) = (near.try_clone()?, far.try_clone()?, Arc::clone(state));
    thread::spawn(move || carry(far_again, near_again, &state_again));
    carry(near, far, state);
    Ok(())
}

/// Carries bytes one way until an end closes, and the close with them.
fn carry(mut from: TcpStream, mut to: TcpStream, state: &State) {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut bytes).unwrap_or(0);
        if !state.is_whole() {
            return;
        }
        let carried = bytes.get(..read).unwrap_or_default();
        if carried.is_empty() || to.write_all(carried).is_err() {
            break;
        }
    }
    // The other direction may go on; when it closes too, nothing is left.
    let _ = to.shutdown(Shutdown::Write);
    let _ = from.shutdown(Shutdown::Read);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_cut_wire_holds_everything_and_a_mended_one_delivers_it() {
        let target = TcpListener::bind("127.0.0.1:0").unwrap();
        let link = Link::between(target.local_addr().unwrap()).unwrap();
        let mut near = TcpStream::connect(link.address()).unwrap();
        let (mut far, _) = target.accept().unwrap();
        near.write_all(b"one").unwrap();
        let mut bytes = [0; 3];
        far.read_exact(&mut bytes).unwrap();
        assert_eq!(&bytes, b"one");

        link.cut();
        near.write_all(b"two").unwrap();
        let mut late = TcpStream::connect(link.address()).unwrap();
        late.write_all(b"new").unwrap();
        far.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        assert!(far.read_exact(&mut bytes).is_err(), "nothing gets through");
        target.set_nonblocking(true).unwrap();
        assert!(target.accept().is_err(), "nor does a new connection");

        link.mend();
        target.set_nonblocking(false).unwrap();
        far.set_read_timeout(None).unwrap();
        far.read_exact(&mut bytes).unwrap();
        assert_eq!(&bytes, b"two");
        let (mut far_late, _) = target.accept().unwrap();
        far_late.read_exact(&mut bytes).unwrap();
        assert_eq!(&bytes, b"new");

        link.cut();
        far.write_all(b"out").unwrap();
        link.tear();
        link.mend();
        assert_eq!(near.read(&mut bytes).unwrap(), 0, "what waits in a torn connection is lost");
        let mut near = TcpStream::connect(link.address()).unwrap();
        near.write_all(b"new").unwrap();
        let (mut far, _) = target.accept().unwrap();
        far.read_exact(&mut bytes).unwrap();

        drop(link);
        assert_eq!(near.read(&mut bytes).unwrap(), 0, "a link that is gone closes what it carried");
    }
}
