//! A request with its redirections, from its first exchange to its last.

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;
use std::task::Poll;

use wasip2::io::poll::Pollable;

use super::exchange::{Exchange, Stamps};
use super::problem::Problem;
use super::redirect::{self, Redirect};
use crate::bindings::http::{Answer, Outcome, Sent, Timings, TlsInfo};
use crate::bindings::metrics::StatusRange;
use crate::bindings::types::ErrorCode;
use crate::connection::Attempt;
use crate::connection::dial::Dial;
use crate::metrics::{self, Builtin};
use crate::plan::{Plan, Step};
use crate::queue::EventQueue;
use crate::reactor::{Activity, Sources};
use crate::{clock, ctx};

const NANOS_PER_MILLISECOND: f64 = 1e6;

/// A request. It is told as completed to a queue, if there is one.
pub(crate) struct Flight {
    id: u32,
    queue: Option<EventQueue>,
    /// The handle is gone.
    pub(crate) gone: Rc<Cell<bool>>,
    /// Which statuses are expected; none if the request is not measured.
    pub(crate) expected: RefCell<Option<Vec<StatusRange>>>,
    pub(crate) is_measured: Cell<bool>,
    stage: RefCell<Stage>,
}

enum Stage {
    Idle,
    UnderWay(Box<Journey>),
    Ended(Box<Outcome>),
    Taken,
}

/// What is left to do of a plan.
struct Journey {
    plan: Plan,
    step: Step,
    followed: u32,
    deadline: u64,
    hop: Hop,
}

/// One exchange with what it takes to get there.
struct Hop {
    sent: Sent,
    attempt: Attempt,
    state: State,
}

enum State {
    Dialling(Dial),
    Exchanging(Box<Exchange>),
}

impl Flight {
    pub(crate) fn new(id: u32, queue: Option<EventQueue>) -> Self {
        Self {
            id,
            queue,
            gone: Rc::default(),
            expected: RefCell::default(),
            is_measured: Cell::default(),
            stage: RefCell::new(Stage::Idle),
        }
    }

    pub(crate) fn is_idle(&self) -> bool {
        matches!(*self.stage.borrow(), Stage::Idle)
    }

    pub(crate) fn is_ended(&self) -> bool {
        matches!(*self.stage.borrow(), Stage::Ended(_) | Stage::Taken)
    }

    /// Whether what it makes may have another.
    pub(crate) fn check_untaken(&self) -> Result<(), ErrorCode> {
        let queue = self.queue.as_ref().map_or(Ok(()), EventQueue::check_untaken);
        queue.map_err(ErrorCode::LimitReached)
    }

    /// Sets out.
    pub(crate) fn start(&self, plan: Plan) -> Result<(), ErrorCode> {
        let timeout = u64::try_from(plan.timeout.as_nanos()).unwrap_or(u64::MAX);
        let deadline = clock::now().saturating_add(timeout);
        let step = plan.first.clone();
        let hop = Hop::new(&step, &plan, deadline)?;
        let journey = Journey { plan, step, followed: 0, deadline, hop };
        self.stage.replace(Stage::UnderWay(Box::new(journey)));
        Ok(())
    }

    /// How it ended, once.
    pub(crate) fn take(&self) -> Option<Outcome> {
        let mut stage = self.stage.borrow_mut();
        match std::mem::replace(&mut *stage, Stage::Taken) {
            Stage::Ended(outcome) => Some(*outcome),
            other => {
                *stage = other;
                None
            }
        }
    }

    /// The handle is gone, and with it the request as soon as the reactor looks at it.
    pub(crate) fn give_up(&self) {
        self.gone.set(true);
    }

    fn measure(&self, outcome: &Outcome) {
        if !self.is_measured.get() {
            return;
        }
        let Timings { sending, waiting, receiving, .. } = outcome.timings;
        let duration = (sending + waiting + receiving) as f64 / NANOS_PER_MILLISECOND;
        metrics::add(Builtin::HttpReqs, 1.0);
        metrics::add(Builtin::HttpReqDuration, duration);
        if let Some(expected) = &*self.expected.borrow() {
            let status = outcome.answer.as_ref().map_or(0, |answer| answer.status);
            let fits = |range: &StatusRange| (range.first..=range.last).contains(&status);
            let failed = !expected.iter().any(fits);
            metrics::add(Builtin::HttpReqFailed, f64::from(u8::from(failed)));
        }
    }
}

impl Activity for Flight {
    fn advance(&self, now: u64) -> bool {
        if self.gone.get() {
            self.stage.replace(Stage::Taken);
            return false;
        }
        let ended = match &mut *self.stage.borrow_mut() {
            Stage::UnderWay(journey) => journey.advance(now, &|outcome| self.measure(outcome)),
            _ => return false,
        };
        let Some(outcome) = ended else { return true };
        self.stage.replace(Stage::Ended(Box::new(outcome)));
        if let Some(queue) = &self.queue {
            queue.complete(self.id, self.gone.clone());
        }
        false
    }

    fn is_ready(&self) -> bool {
        match &*self.stage.borrow() {
            Stage::UnderWay(journey) => {
                self.gone.get()
                    || matches!(&journey.hop.state, State::Dialling(dial) if dial.is_new())
            }
            _ => true,
        }
    }

    fn deadline(&self) -> Option<u64> {
        match &*self.stage.borrow() {
            Stage::UnderWay(journey) => Some(journey.deadline),
            _ => None,
        }
    }

    fn sources(&self) -> [Option<Ref<'_, Pollable>>; 2] {
        [0, 1].map(|index| {
            Ref::filter_map(self.stage.borrow(), |stage| match stage {
                Stage::UnderWay(journey) => journey.hop.sources()[index],
                _ => None,
            })
            .ok()
        })
    }
}

impl Journey {
    /// Goes on as far as it can. How it ended, if it has.
    fn advance(&mut self, now: u64, ended: &dyn Fn(&Outcome)) -> Option<Outcome> {
        loop {
            let result = match self.hop.advance(&self.step) {
                Poll::Ready(result) => result,
                Poll::Pending if now >= self.deadline => Err(Problem::timeout()),
                Poll::Pending => return None,
            };
            let mut outcome = self.hop.outcome(result);
            ended(&outcome);
            let Ok(answer) = &mut outcome.answer else { return Some(outcome) };
            self.store_cookies(answer);
            if self.plan.discard_body {
                answer.body = Vec::new();
            }
            match redirect::next(&self.step, answer) {
                Redirect::None => return Some(outcome),
                Redirect::To(_) if self.followed >= self.plan.redirects => {
                    answer.too_many_redirects = true;
                    return Some(outcome);
                }
                Redirect::To(next) => {
                    self.step = *next;
                    self.followed += 1;
                }
                Redirect::Nowhere(detail) => {
                    outcome.answer = Err(Problem::location(detail).of(&outcome.sent));
                    return Some(outcome);
                }
            }
            match Hop::new(&self.step, &self.plan, self.deadline) {
                Ok(hop) => self.hop = hop,
                Err(code) => {
                    let problem = Problem::connection(code, "", None);
                    outcome.answer = Err(problem.of(&outcome.sent));
                    return Some(outcome);
                }
            }
        }
    }

    fn store_cookies(&self, answer: &Answer) {
        let Some(jar) = &self.plan.jar else { return };
        let fields = answer.headers.iter().filter(|field| field.name == "set-cookie");
        let fields: Vec<String> = fields.map(|field| field.value.clone()).collect();
        // The URL was connected to, so it is one.
        let _ = jar.store(self.step.url.as_str(), &fields);
    }
}

impl Hop {
    fn new(step: &Step, plan: &Plan, deadline: u64) -> Result<Self, ErrorCode> {
        let dial = Dial::new(step.endpoint()?, deadline);
        Ok(Self {
            sent: step.sent(plan.jar.as_ref(), ctx::shared().user_agent.as_deref()),
            attempt: Attempt::begin(),
            state: State::Dialling(dial),
        })
    }

    fn advance(&mut self, step: &Step) -> Poll<Result<Answer, Problem>> {
        if let State::Dialling(dial) = &mut self.state {
            let Poll::Ready(dialled) = dial.advance(&mut self.attempt) else {
                return Poll::Pending;
            };
            self.attempt.complete();
            match dialled {
                Ok(stream) => {
                    let exchange = Exchange::new(stream, step, &self.sent);
                    self.state = State::Exchanging(Box::new(exchange));
                }
                Err(code) => {
                    let host = step.url.host_str().unwrap_or_default();
                    let peer = self.attempt.peer.map(|peer| peer.to_string());
                    return Poll::Ready(Err(Problem::connection(code, host, peer)));
                }
            }
        }
        match &mut self.state {
            State::Exchanging(exchange) => exchange.advance(),
            State::Dialling(_) => Poll::Pending,
        }
    }

    /// What is told of it when it has ended.
    fn outcome(&self, result: Result<Answer, Problem>) -> Outcome {
        let tls = match &self.state {
            State::Exchanging(exchange) => exchange.stream.tls_info(),
            State::Dialling(_) => None,
        };
        Outcome {
            sent: self.sent.clone(),
            address: self.attempt.peer.map(|peer| peer.to_string()),
            tls: tls.map(|(version, cipher_suite)| TlsInfo { version, cipher_suite }),
            timings: self.timings(clock::now()),
            answer: result.map_err(|problem| problem.of(&self.sent)),
        }
    }

    fn timings(&self, ended: u64) -> Timings {
        let dial = &self.attempt.timings;
        let Stamps { begun, sent, answered } = match &self.state {
            State::Exchanging(exchange) => exchange.stamps,
            State::Dialling(_) => Stamps::default(),
        };
        let between = |from: u64, to: u64| if from == 0 { 0 } else { to.saturating_sub(from) };
        Timings {
            blocked: dial.secured,
            connecting: dial.connected.saturating_sub(dial.resolved),
            tls_handshaking: dial.secured.saturating_sub(dial.connected),
            sending: between(begun, sent),
            waiting: between(sent, if answered == 0 { ended } else { answered }),
            receiving: between(answered, ended),
        }
    }

    fn sources(&self) -> Sources<'_> {
        match &self.state {
            State::Dialling(dial) => dial.sources(),
            State::Exchanging(exchange) => exchange.sources(),
        }
    }
}
