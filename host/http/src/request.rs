//! The guest's handle of a request.

use std::sync::Arc;

use tokio::task::AbortHandle;
use wasock_sockets::EventQueue;
use wasock_sockets::bindings::events::WaitError;
use wasock_sockets::bindings::types::ErrorCode;

use crate::bindings::http::{Outcome, RequestOptions};
use crate::bound::HttpBound;
use crate::client;
use crate::cookies::CookieJar;
use crate::ctx::Shared;
use crate::flight::Flight;
use crate::limits::MAX_BODY;
use crate::observer::HttpObserver;
use crate::plan::Plan;

/// A request's handle. Dropping it gives the request up.
pub struct Request {
    id: u32,
    queue: Option<EventQueue>,
    shared: Arc<Shared>,
    flight: Arc<Flight>,
    task: Option<AbortHandle>,
}

impl Request {
    pub(crate) fn new(id: u32, queue: Option<EventQueue>, shared: Arc<Shared>) -> Self {
        let flight = Arc::new(Flight::new(shared.budget.hold()));
        Self { id, queue, shared, flight, task: None }
    }

    /// The number by which events name this request.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Lets `observer` know what this request does. To be called before [`Self::start`]; the first
    /// observer stays.
    pub fn set_observer(&self, observer: Arc<dyn HttpObserver>) {
        self.flight.observe(observer);
    }

    /// `request.start`. Its task runs on the tokio runtime that this is called on.
    ///
    /// # Errors
    ///
    /// As its WIT documentation says.
    pub fn start(
        &mut self,
        method: &str,
        url: String,
        options: RequestOptions,
        jar: Option<CookieJar>,
    ) -> Result<(), ErrorCode> {
        if !self.flight.is_idle() {
            return Err(ErrorCode::InvalidState);
        }
        if options.body.as_ref().is_some_and(|body| body.len() > MAX_BODY) {
            let most = format_args!("{MAX_BODY} bytes in a body");
            return Err(ErrorCode::LimitReached(self.shared.refusal(HttpBound::BodySize, most)));
        }
        let plan = Plan::new(method, url, options, jar, &self.shared)?;
        if let Some(queue) = &self.queue {
            queue.check_untaken().map_err(ErrorCode::LimitReached)?;
        }
        if self.flight.bodies.set(plan.first.weight()).is_err() {
            return Err(ErrorCode::LimitReached(self.shared.held_too_much()));
        }
        if !self.shared.claim() {
            let most = format_args!("{} requests at one time", self.shared.requests);
            return Err(ErrorCode::LimitReached(self.shared.refusal(HttpBound::Requests, most)));
        }
        self.flight.start();
        let (shared, flight, queue) =
            (self.shared.clone(), self.flight.clone(), self.queue.clone());
        let id = self.id;
        let task = self.shared.dialer.spawn(async move {
            let outcome = client::run(&shared, &flight, plan).await;
            if outcome.is_some_and(|outcome| flight.end(outcome)) {
                shared.give_back();
                if let Some(queue) = queue {
                    queue.complete(id, flight.gone.clone());
                }
            }
        });
        self.task = Some(task);
        Ok(())
    }

    /// `request.take`.
    pub fn take(&self) -> Option<Outcome> {
        self.flight.take()
    }

    /// What `wait` waits for; none before [`Self::start`].
    pub(crate) fn started(&self) -> Option<Arc<Flight>> {
        (!self.flight.is_idle()).then(|| self.flight.clone())
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        if self.flight.give_up() {
            self.shared.give_back();
            if let Some(task) = self.task.take() {
                task.abort();
            }
        }
    }
}

/// `http.wait`.
pub(crate) async fn wait(shared: &Shared, flights: &[Arc<Flight>]) -> Result<Vec<u32>, WaitError> {
    // A guest that finds ended requests again and again must not keep the thread from the others.
    tokio::task::coop::consume_budget().await;
    shared.interrupter.note_wait();
    loop {
        let ended = shared.ended.notified();
        if shared.interrupter.is_interrupted() {
            return Err(WaitError::Interrupted);
        }
        let places = (0..).zip(flights).filter(|(_, flight)| flight.is_ended());
        let places: Vec<u32> = places.map(|(place, _)| place).collect();
        if !places.is_empty() {
            return Ok(places);
        }
        tokio::select! {
            () = ended => {}
            () = shared.interrupter.interrupted() => {}
        }
    }
}
