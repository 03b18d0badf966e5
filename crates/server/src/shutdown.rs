//! The order to stop, given once and heard everywhere.

use tokio::sync::watch;

/// Gives the order.
#[derive(Debug)]
pub struct Stop(watch::Sender<bool>);

/// Hears the order. Cloned for every listener.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

/// The two ends. Dropping [`Stop`] is the order too, so nothing outlives its owner.
pub fn shutdown() -> (Stop, Shutdown) {
    let (sender, receiver) = watch::channel(false);
    (Stop(sender), Shutdown(receiver))
}

impl Stop {
    /// Gives the order.
    pub fn now(&self) {
        self.0.send_replace(true);
    }
}

impl Shutdown {
    /// Waits for the order; at once if it was given.
    pub async fn requested(&mut self) {
        // An error means that the sender is gone, which is the order too.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}

/// From now on SIGTERM and SIGINT (Ctrl-C) do not end the process, but the future that comes back.
///
/// # Errors
/// When the operating system refuses to have a signal handled.
pub fn terminated() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
