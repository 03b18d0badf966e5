//! The servers and the database of a run: started, killed and started again, each noted in the journal.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use keyward_cluster::Node;

use crate::Result;
use crate::caller::Desk;
use crate::database::Database;
use crate::journal::{Event, Part};
use crate::launch::Launch;
use crate::scenario::Scenario;

/// What a run consists of.
pub struct Fleet<'a> {
    launch: &'a Launch,
    scenario: &'a Scenario,
    desk: &'a Desk,
    database: &'a mut Database,
    servers: Vec<Option<Node>>,
}

impl<'a> Fleet<'a> {
    /// Starts every server, one after the other.
    ///
    /// # Errors
    /// When one does not start.
    pub fn start(launch: &'a Launch, scenario: &'a Scenario, desk: &'a Desk, database: &'a mut Database) -> Result<Self> {
        let servers = scenario.homes.iter().map(|_| None).collect();
        let mut fleet = Self { launch, scenario, desk, database, servers };
        for node in 0..fleet.servers.len() {
            fleet.start_node(node)?;
        }
        Ok(fleet)
    }

    /// How many servers there are.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.servers.len()
    }

    /// Whether the database is a server that can be killed by itself.
    pub fn shares_database(&mut self) -> bool {
        self.database.server().is_some()
    }

    /// How long unknown requests may still take effect.
    #[must_use]
    pub fn lag(&self) -> Duration {
        self.database.lag()
    }

    /// Starts a server and waits until it is ready.
    ///
    /// # Errors
    /// When it does not get there.
    pub fn start_node(&mut self, node: usize) -> Result<()> {
        let home = self.scenario.homes.get(node).ok_or("there is no such server")?;
        let server = self.launch.start(home)?;
        if let Some(place) = self.servers.get_mut(node) {
            *place = Some(server);
        }
        self.desk.journal.record(Event::Ready(Part::Node(node)))?;
        self.up(node, true);
        Ok(())
    }

    /// Kills a server.
    ///
    /// # Errors
    /// When it had ended by itself.
    pub fn kill_node(&mut self, node: usize) -> Result<()> {
        self.up(node, false);
        let mut server = self.servers.get_mut(node).and_then(Option::take).ok_or("there is no such server")?;
        if !server.is_running()? {
            return Err(format!("expected server {node} to run until it is killed, found that it had ended by itself").into());
        }
        server.kill()?;
        self.desk.journal.record(Event::Killed(Part::Node(node)))
    }

    /// Starts a server and kills it at once: recovery must stand that as well.
    ///
    /// # Errors
    /// When it cannot be started at all.
    pub fn kill_starting_node(&mut self, node: usize, after: Duration) -> Result<()> {
        let home = self.scenario.homes.get(node).ok_or("there is no such server")?;
        let mut starting = self.launch.spawn(home)?;
        thread::sleep(after);
        starting.kill()?;
        self.desk.journal.record(Event::Killed(Part::Node(node)))
    }

    /// Kills the database.
    ///
    /// # Errors
    /// When something of it is left.
    pub fn kill_database(&mut self) -> Result<()> {
        self.database.server().ok_or("the database is no server of its own")?.kill()?;
        self.desk.journal.record(Event::Killed(Part::Database))
    }

    /// Holds back what the database says to the last server, and then closes their connections. The database has done what it
    /// was asked, and nobody heard.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn tear_connections(&mut self, after: Duration) -> Result<()> {
        let Some(link) = self.database.link() else { return Ok(()) };
        link.cut();
        thread::sleep(after);
        link.tear();
        link.mend();
        self.desk.journal.record(Event::Killed(Part::Connections(self.servers.len().saturating_sub(1))))
    }

    /// Starts it again.
    ///
    /// # Errors
    /// When it does not recover.
    pub fn start_database(&mut self) -> Result<()> {
        self.database.server().ok_or("the database is no server of its own")?.start_again()?;
        self.desk.journal.record(Event::Ready(Part::Database))
    }

    /// Ends every server in order, which must succeed.
    ///
    /// # Errors
    /// When one ends with another code than 0.
    pub fn terminate(&mut self) -> Result<()> {
        for (node, place) in self.servers.iter_mut().enumerate() {
            let Some(mut server) = place.take() else { continue };
            let status = server.stop()?;
            if !status.success() {
                return Err(format!("expected exit code 0 after SIGTERM, found {status}").into());
            }
            self.desk.journal.record(Event::Killed(Part::Node(node)))?;
        }
        Ok(())
    }

    fn up(&self, node: usize, up: bool) {
        if let Some(node) = self.desk.nodes.get(node) {
            node.is_up.store(up, Ordering::Relaxed);
        }
    }
}
