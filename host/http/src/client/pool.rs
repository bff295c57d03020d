//! Connections that wait for another request.

use std::collections::HashMap;

use parking_lot::Mutex;
use wasock_sockets::Endpoint;

use super::connection::Connection;

/// The connections of one guest that wait, by what they lead to.
pub(crate) struct Pool {
    /// Whether any may wait.
    reuse: bool,
    most: usize,
    most_per_server: usize,
    waiting: Mutex<HashMap<Endpoint, Vec<Connection>>>,
}

impl Pool {
    pub(crate) fn new(reuse: bool, most: usize, most_per_server: usize) -> Self {
        Self { reuse, most, most_per_server, waiting: Mutex::default() }
    }

    /// Whether connections may serve several requests.
    pub(super) fn reuses(&self) -> bool {
        self.reuse
    }

    /// A connection for another request. One that carries several at a time stays.
    pub(super) async fn take(&self, endpoint: &Endpoint) -> Option<Connection> {
        loop {
            let mut connection = self.pop(endpoint)?;
            if connection.ready().await {
                return Some(connection);
            }
        }
    }

    fn pop(&self, endpoint: &Endpoint) -> Option<Connection> {
        let mut waiting = self.waiting.lock();
        let list = waiting.get_mut(endpoint)?;
        list.retain(|connection| !connection.is_closed());
        // The one that has waited for the shortest time is the one that the server has most likely
        // not closed.
        match list.last().and_then(Connection::share) {
            Some(shared) => Some(shared),
            None => list.pop(),
        }
    }

    /// Lets a connection wait. Beyond the bounds it is closed.
    pub(super) fn put(&self, endpoint: &Endpoint, connection: Connection) {
        if !self.reuse || connection.is_closed() {
            return;
        }
        let mut waiting = self.waiting.lock();
        for list in waiting.values_mut() {
            list.retain(|connection| !connection.is_closed());
        }
        waiting.retain(|_, list| !list.is_empty());
        let all: usize = waiting.values().map(Vec::len).sum();
        let list = waiting.entry(endpoint.clone()).or_default();
        if all < self.most && list.len() < self.most_per_server {
            list.push(connection);
        }
    }

    /// Closes all that wait.
    pub(crate) fn clear(&self) {
        self.waiting.lock().clear();
    }
}
