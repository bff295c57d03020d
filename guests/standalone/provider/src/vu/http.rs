//! `wasock:websocket/http`.

use std::rc::Rc;

use super::cookies::Jar;
use crate::Provider;
use crate::bindings::http::{
    Authentication, ErrorCode, EventQueueBorrow, Guest, GuestRequest, JarBorrow, Outcome,
    RequestBorrow, RequestOptions, WaitError,
};
use crate::bindings::metrics::StatusRange;
use crate::ctx::Ids;
use crate::host::QueueHandle;
use crate::http::flight::Flight;
use crate::plan::Plan;
use crate::{ctx, reactor};

thread_local! {
    static REQUESTS: Ids = Ids::default();
}

/// A request. Dropping it gives it up.
pub(crate) struct Request {
    id: u32,
    flight: Rc<Flight>,
}

impl Request {
    /// Counts what it does.
    pub(super) fn measure(&self, expected: Option<Vec<StatusRange>>) {
        if !self.flight.is_measured.replace(true) {
            self.flight.expected.replace(expected);
        }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.flight.give_up();
    }
}

impl Guest for Provider {
    type Request = Request;

    fn wait(requests: Vec<RequestBorrow<'_>>) -> Result<Vec<u32>, WaitError> {
        let flights: Vec<_> =
            requests.iter().map(|request| request.get::<Request>().flight.clone()).collect();
        assert!(!flights.is_empty(), "the guest waits for no request");
        assert!(
            !flights.iter().any(|flight| flight.is_idle()),
            "the guest waits for a request that was never started"
        );
        let waited = reactor::run(None, || {
            if ctx::is_interrupted() {
                return Some(Err(WaitError::Interrupted));
            }
            let ended = (0..).zip(&flights).filter(|(_, flight)| flight.is_ended());
            let places: Vec<u32> = ended.map(|(place, _)| place).collect();
            (!places.is_empty()).then_some(Ok(places))
        });
        waited.unwrap_or(Err(WaitError::Interrupted))
    }
}

impl GuestRequest for Request {
    fn new(queue: Option<EventQueueBorrow<'_>>) -> Self {
        let id = REQUESTS.with(Ids::next);
        let queue = queue.map(|queue| queue.get::<QueueHandle>().0.clone());
        Self { id, flight: Rc::new(Flight::new(id, queue)) }
    }

    fn id(&self) -> u32 {
        self.id
    }

    fn start(
        &self,
        method: String,
        url: String,
        options: RequestOptions,
        jar: Option<JarBorrow<'_>>,
    ) -> Result<(), ErrorCode> {
        if !self.flight.is_idle() {
            return Err(ErrorCode::InvalidState);
        }
        if options.authentication == Some(Authentication::Digest) {
            let text = "a test that stands alone has no digest authentication";
            return Err(ErrorCode::InvalidArgument(text.to_owned()));
        }
        let jar = jar.map(|jar| jar.get::<Jar>().0.clone());
        let plan = Plan::new(&method, url, options, jar, ctx::shared())?;
        self.flight.check_untaken()?;
        self.flight.start(plan)?;
        reactor::add(self.flight.clone());
        Ok(())
    }

    fn take(&self) -> Option<Outcome> {
        self.flight.take()
    }
}
