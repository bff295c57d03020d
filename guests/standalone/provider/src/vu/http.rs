//! `wasock:websocket/http`.

use crate::Provider;
use crate::bindings::http::{
    ErrorCode, EventQueueBorrow, Guest, GuestRequest, JarBorrow, Outcome, RequestBorrow,
    RequestOptions, WaitError,
};
use crate::bindings::metrics::StatusRange;

/// A request.
pub(crate) struct Request;

impl Request {
    /// Counts what it does.
    pub(super) fn measure(&self, _expected: Option<Vec<StatusRange>>) {}
}

impl Guest for Provider {
    type Request = Request;

    fn wait(_requests: Vec<RequestBorrow<'_>>) -> Result<Vec<u32>, WaitError> {
        Ok(Vec::new())
    }
}

impl GuestRequest for Request {
    fn new(_queue: Option<EventQueueBorrow<'_>>) -> Self {
        Self
    }

    fn id(&self) -> u32 {
        0
    }

    fn start(
        &self,
        _method: String,
        _url: String,
        _options: RequestOptions,
        _jar: Option<JarBorrow<'_>>,
    ) -> Result<(), ErrorCode> {
        Err(ErrorCode::Other(Some("no http".to_owned())))
    }

    fn take(&self) -> Option<Outcome> {
        None
    }
}
