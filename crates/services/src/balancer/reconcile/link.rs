//! Connections to nodes, and what each was told last by this process.
//!
//! **Invariant**: one key is never worked on twice at once, so a connection that is taken out is this activation's alone; after an
//! error it is not put back, and what was told is forgotten with it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tierra_core::DriverError;
use tierra_dataplane::balancer::config::Config;
use tierra_dataplane::balancer::control::{Client, ControlError, ListenerProblem, LogBatch, Report};
use tokio::net::UnixStream;

use crate::Rooms;
use crate::balancer::lifecycle::CONTROL;

/// The connections.
#[derive(Default)]
pub(super) struct Links(Mutex<BTreeMap<String, Link>>);

#[derive(Default)]
struct Link {
    client: Option<Client<UnixStream>>,
    told: Option<Config>,
}

impl Links {
    fn with<T>(&self, id: &str, look: impl FnOnce(&mut Link) -> T) -> T {
        // Nothing in here panics half-way.
        let mut links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        look(links.entry(id.to_owned()).or_default())
    }

    /// Forgets a node.
    pub(super) fn forget(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// What a node was told last.
    pub(super) fn told(&self, id: &str) -> Option<Config> {
        self.with(id, |link| link.told.clone())
    }

    async fn client(&self, rooms: &Rooms, id: &str) -> Result<Client<UnixStream>, DriverError> {
        match self.with(id, |link| link.client.take()) {
            Some(client) => Ok(client),
            None => rooms.control.connect(&id.to_owned(), CONTROL).await.map(Client::new),
        }
    }

    fn keep<T>(&self, id: &str, client: Client<UnixStream>, answer: Result<T, ControlError>) -> Result<T, DriverError> {
        match answer {
            Ok(answer) => {
                self.with(id, |link| link.client = Some(client));
                Ok(answer)
            }
            Err(error) => {
                self.forget(id);
                Err(DriverError::failed("asking a balancer's node", error))
            }
        }
    }

    /// What a node reports, or why it does not.
    pub(super) async fn report(&self, rooms: &Rooms, id: &str) -> (Option<Report>, Option<String>) {
        match self.try_report(rooms, id).await {
            Ok(report) => (Some(report), None),
            Err(error) => {
                self.forget(id);
                (None, Some(error.to_string()))
            }
        }
    }

    async fn try_report(&self, rooms: &Rooms, id: &str) -> Result<Report, DriverError> {
        let mut client = self.client(rooms, id).await?;
        let answer = client.report(None).await;
        self.keep(id, client, answer)
    }

    /// The next lines of a node's access log; `safe` is the batch that it may forget.
    pub(super) async fn take_logs(&self, rooms: &Rooms, id: &str, safe: u64) -> Result<LogBatch, DriverError> {
        let mut client = self.client(rooms, id).await?;
        let answer = client.take_logs(safe).await;
        self.keep(id, client, answer)
    }

    /// Tells a node its configuration; answers what of it could not be done.
    pub(super) async fn configure(&self, rooms: &Rooms, id: &str, config: Config) -> Result<Vec<ListenerProblem>, DriverError> {
        let mut client = self.client(rooms, id).await?;
        let answer = client.configure(config.clone()).await;
        let problems = self.keep(id, client, answer)?;
        self.with(id, |link| link.told = Some(config));
        Ok(problems)
    }
}
