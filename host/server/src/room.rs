//! Chat rooms: who is in, and how a line reaches everyone without waiting for anyone.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// All rooms of a server. A room is made when its first member joins, and is gone when the last one
/// leaves.
#[derive(Debug)]
pub(crate) struct Rooms {
    // Locked before the lock of a room inside it, never the other way round.
    rooms: Mutex<HashMap<String, Arc<Room>>>,
    next_id: AtomicU64,
    member_queue: usize,
}

/// One room.
#[derive(Debug, Default)]
pub(crate) struct Room {
    members: Mutex<Vec<Member>>,
}

/// A member as the room sees it. Dropping it removes the member: its [`Membership`] hears of that.
#[derive(Debug)]
struct Member {
    id: u64,
    lines: mpsc::Sender<Utf8Bytes>,
    _removed: oneshot::Sender<Infallible>,
}

/// A place in a room; dropping it leaves the room.
#[derive(Debug)]
pub(crate) struct Membership {
    rooms: Arc<Rooms>,
    name: String,
    id: u64,
    /// The room itself.
    pub(crate) room: Arc<Room>,
    /// What was said since the member joined, in the same order for all members.
    pub(crate) lines: mpsc::Receiver<Utf8Bytes>,
    /// Ends (always with an error) when the room has removed the member, as too many lines waited
    /// for it.
    pub(crate) removed: oneshot::Receiver<Infallible>,
}

impl Rooms {
    /// Makes a table of rooms in which at most `member_queue` lines wait for each member.
    pub(crate) fn new(member_queue: usize) -> Self {
        Self {
            rooms: Mutex::default(),
            next_id: AtomicU64::new(0),
            member_queue: member_queue.max(1),
        }
    }

    /// Enters a room.
    pub(crate) fn join(self: &Arc<Self>, name: String) -> Membership {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (line_sender, lines) = mpsc::channel(self.member_queue);
        let (removed_sender, removed) = oneshot::channel();
        let mut rooms = self.rooms.lock();
        let room = Arc::clone(rooms.entry(name.clone()).or_default());
        room.members.lock().push(Member { id, lines: line_sender, _removed: removed_sender });
        drop(rooms);
        Membership { rooms: Arc::clone(self), name, id, room, lines, removed }
    }

    fn leave(&self, name: &str, id: u64) {
        let mut rooms = self.rooms.lock();
        let Some(room) = rooms.get(name) else { return };
        let mut members = room.members.lock();
        members.retain(|member| member.id != id);
        let is_empty = members.is_empty();
        drop(members);
        if is_empty {
            rooms.remove(name);
        }
    }
}

impl Room {
    /// Queues a line for every member. Members whose queue is full are removed.
    pub(crate) fn broadcast(&self, line: &Utf8Bytes) {
        self.members.lock().retain(|member| member.lines.try_send(line.clone()).is_ok());
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.rooms.leave(&self.name, self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_member_with_a_full_queue_is_removed_and_the_others_stay() {
        let rooms = Arc::new(Rooms::new(2));
        let mut slow = rooms.join("a".to_owned());
        let mut quick = rooms.join("a".to_owned());
        for line in ["1", "2", "3"] {
            slow.room.broadcast(&line.into());
            assert_eq!(quick.lines.recv().await.as_deref(), Some(line));
        }
        assert!((&mut slow.removed).await.is_err());
        assert!(
            quick
                .removed
                .try_recv()
                .is_err_and(|error| error == oneshot::error::TryRecvError::Empty)
        );
    }

    #[test]
    fn a_room_is_gone_with_its_last_member() {
        let rooms = Arc::new(Rooms::new(1));
        let first = rooms.join("a".to_owned());
        let second = rooms.join("a".to_owned());
        drop(first);
        assert_eq!(rooms.rooms.lock().len(), 1);
        drop(second);
        assert!(rooms.rooms.lock().is_empty());
    }

    #[test]
    fn a_line_stays_in_its_room() {
        let rooms = Arc::new(Rooms::new(1));
        let mut here = rooms.join("here".to_owned());
        let mut there = rooms.join("there".to_owned());
        here.room.broadcast(&"hello".into());
        assert!(here.lines.try_recv().is_ok());
        assert!(there.lines.try_recv().is_err());
    }
}
