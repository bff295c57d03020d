//! The guest's handle of a connection, checked for what may be asked in which state.

use std::rc::Rc;

use tungstenite::Message;

use crate::bindings::sockets::{ConnectOptions, State};
use crate::bindings::types::ErrorCode;
use crate::connection::link::Link;
use crate::connection::{Connection, Target, close_frame};
use crate::limits::MAX_CONTROL_PAYLOAD;
use crate::queue::{EventQueue, Origin};
use crate::vu::meter::Account;
use crate::{ctx, reactor};

/// A socket's handle. Dropping it ends the connection as `sockets.socket` describes.
pub(crate) struct Socket {
    id: u32,
    connection: Rc<Connection>,
}

impl Socket {
    pub(crate) fn new(id: u32, queue: EventQueue) -> Self {
        Self { id, connection: Rc::new(Connection::new(Link::new(id, queue))) }
    }

    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    pub(crate) fn state(&self) -> State {
        self.connection.with_link(|link| link.state)
    }

    pub(crate) fn origin(&self) -> Rc<Origin> {
        self.connection.with_link(|link| link.origin.clone())
    }

    /// Counts what this socket does. To be called before [`Self::connect`]; the first account stays.
    pub(crate) fn observe(&self, account: &Rc<Account>) {
        self.origin().account.borrow_mut().get_or_insert_with(|| account.clone());
    }

    pub(crate) fn connect(&self, url: String, options: ConnectOptions) -> Result<(), ErrorCode> {
        if self.state() != State::Unconnected {
            return Err(ErrorCode::InvalidState);
        }
        // The offer is checked, and not made: this component does not compress.
        let mut target = Target::new(url, options, ctx::shared())?;
        target.deflate = None;
        let untaken = self.connection.with_link(|link| link.queue.check_untaken());
        untaken.map_err(ErrorCode::LimitReached)?;
        if target.unix_socket.is_some() {
            let text = "this component reaches no Unix sockets: WASI 0.2 has none";
            return Err(ErrorCode::InvalidArgument(text.to_owned()));
        }
        self.origin().observe(Account::begun);
        self.connection.begin(target);
        reactor::add(self.connection.clone());
        Ok(())
    }

    /// Accepts a message, then waits while too much is buffered.
    pub(crate) fn send(&self, message: Message) -> Result<(), ErrorCode> {
        self.until_room();
        self.accept(message)?;
        self.until_room();
        Ok(())
    }

    pub(crate) fn ping(&self, payload: Vec<u8>) -> Result<(), ErrorCode> {
        if payload.len() > MAX_CONTROL_PAYLOAD {
            let text = format!("the payload of a ping is longer than {MAX_CONTROL_PAYLOAD} bytes");
            return Err(ErrorCode::InvalidArgument(text));
        }
        self.accept(Message::Ping(payload.into()))
    }

    fn accept(&self, message: Message) -> Result<(), ErrorCode> {
        let is_data = message.is_text() || message.is_binary();
        let accepted = self.connection.with_link(|link| link.accept(message));
        if is_data {
            self.origin().observe(|account| account.sent(accepted.is_ok()));
        }
        accepted?;
        self.connection.send();
        Ok(())
    }

    /// Waits until the peer has taken enough, the socket is not open any more, or the guest is interrupted.
    fn until_room(&self) {
        let may_go_on = || {
            let held_up = self
                .connection
                .with_link(|link| link.state == State::Open && !link.aborted && link.is_full());
            (!held_up || ctx::is_interrupted()).then_some(())
        };
        if may_go_on().is_none() {
            reactor::run(None, may_go_on);
        }
    }

    pub(crate) fn close(&self, code: Option<u16>, reason: &str) -> Result<(), ErrorCode> {
        let frame = close_frame(code, reason)?;
        self.connection.with_link(|link| link.close(frame))?;
        self.connection.send();
        Ok(())
    }

    pub(crate) fn abort(&self) {
        self.connection.with_link(|link| {
            link.origin.ended.set(true);
            link.aborted |= !matches!(link.state, State::Unconnected | State::Closed);
        });
    }

    pub(crate) fn skip(&self, messages: u32) {
        let (queue, origin) =
            self.connection.with_link(|link| (link.queue.clone(), link.origin.clone()));
        queue.skip(&origin, messages as usize);
    }

    pub(crate) fn buffered_amount(&self) -> u64 {
        self.connection.with_link(|link| link.buffered)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let (queue, origin) =
            self.connection.with_link(|link| (link.queue.clone(), link.origin.clone()));
        queue.settle(&origin);
        // The rest is for the reactor: jco loses count of calls when a destructor calls the host.
        origin.detached.set(true);
    }
}
