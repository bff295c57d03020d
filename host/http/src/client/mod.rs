//! One request, from its first exchange to its last, in one task.
//!
//! - [`follow`](run): exchange after exchange
//! - [`redirect`]: where a redirection leads, and what goes along
//! - [`digest`]: being asked who the user is
//! - [`exchange`]: one request and its answer over one connection
//! - [`connection`]: HTTP/1.1 and HTTP/2
//! - [`pool`]: connections that wait for another request
//! - [`stamps`]: when what happened

mod connection;
mod digest;
mod exchange;
mod pool;
mod redirect;
mod stamps;

pub(crate) use pool::Pool;
pub(crate) use stamps::Stamps;

use http::header::SET_COOKIE;
use tokio::time::Instant;

use crate::bindings::http::Outcome;
use crate::cookies::CookieJar;
use crate::ctx::Shared;
use crate::failure::Problem;
use crate::flight::{Flight, Hop};
use crate::plan::{Plan, Step};
use redirect::Redirect;

/// Carries a request out. Returns nothing if the guest has given it up.
pub(crate) async fn run(shared: &Shared, flight: &Flight, plan: Plan) -> Option<Outcome> {
    if let Some(pace) = &shared.pace {
        pace.turn().await;
    }
    let deadline = Instant::now() + plan.timeout;
    match tokio::time::timeout_at(deadline, follow(shared, flight, plan, deadline)).await {
        Ok(outcome) => outcome,
        Err(_) => flight.conclude(|sent| Err(Problem::timeout().of(sent))),
    }
}

async fn follow(
    shared: &Shared,
    flight: &Flight,
    plan: Plan,
    deadline: Instant,
) -> Option<Outcome> {
    let Plan { first, redirects, digest, discard_body, jar, .. } = plan;
    let mut step = first;
    let mut followed = 0;
    let mut expects_challenge = digest;
    loop {
        let sent = step.sent(jar.as_ref(), shared.dialer.user_agent());
        let hop = Hop::new(sent, step.body.clone(), expects_challenge);
        if !flight.enter(hop.clone()) {
            return None;
        }
        let answer =
            exchange::perform(shared, &step, &hop, &flight.bodies, discard_body, deadline).await;
        let mut outcome = flight.conclude(|sent| answer.map_err(|problem| problem.of(sent)))?;
        let Ok(answer) = &mut outcome.answer else { return Some(outcome) };
        if let Some(jar) = &jar {
            store_cookies(jar, &step, &answer.headers);
        }
        if std::mem::take(&mut expects_challenge)
            && let Some(authorization) = digest::answer(&step, answer)
        {
            step.authorization = Some(authorization);
            continue;
        }
        match redirect::next(&step, answer) {
            Redirect::None => return Some(outcome),
            Redirect::To(_) if followed >= redirects => {
                answer.too_many_redirects = true;
                return Some(outcome);
            }
            Redirect::To(next) => step = *next,
            Redirect::Nowhere(detail) => {
                outcome.answer = Err(Problem::location(detail).of(&outcome.sent));
                return Some(outcome);
            }
        }
        followed += 1;
    }
}

fn store_cookies(
    jar: &CookieJar,
    step: &Step,
    headers: &[wasock_sockets::bindings::types::Header],
) {
    let fields = headers.iter().filter(|header| header.name == SET_COOKIE.as_str());
    let fields: Vec<String> = fields.map(|header| header.value.clone()).collect();
    // The URL was connected to, so it is one.
    let _ = jar.store(step.url.as_str(), &fields);
}
