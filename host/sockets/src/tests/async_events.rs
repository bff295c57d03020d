//! `async-events`: several waits at a time.

use std::pin::pin;
use std::time::Duration;

use super::guest::{Guest, soon, waits};
use crate::Timer;
use crate::bindings::events::{Event, WaitError};
use crate::queue::EventQueue;

const SECOND: Duration = Duration::from_secs(1);

/// The timers of events that a wait has returned.
fn timers(events: Result<Vec<Event>, WaitError>) -> Vec<u32> {
    let timer = |event| match event {
        Event::Timer(fired) => fired.timer,
        other => panic!("not a timer: {other:?}"),
    };
    events.unwrap().into_iter().map(timer).collect()
}

fn fires(id: u32, queue: &EventQueue, after: Duration) -> Timer {
    Timer::start(id, queue.clone(), after, None)
}

#[tokio::test(start_paused = true)]
async fn each_event_goes_to_one_of_the_waits() {
    let guest = Guest::new();
    let _timers = [1, 2, 3].map(|id| fires(id, &guest.queue, id * SECOND));
    let wait = || async { timers(guest.queue.wait_beside(1, None).await) };
    let (one, another, third) = tokio::join!(wait(), wait(), wait());
    let mut all = [one, another, third].concat();
    all.sort_unstable();
    assert_eq!(all, [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_hears_of_its_own_queue_while_others_wait() {
    let guest = Guest::new();
    let other = EventQueue::new(&guest.ctx.shared);
    let mut waits_long = pin!(guest.queue.wait_beside(1, None));
    waits(waits_long.as_mut()).await;
    let _short = fires(1, &other, SECOND);
    assert_eq!(timers(other.wait_beside(1, None).await), [1]);
    // A wait of the whole guest is woken beside them.
    let _second = fires(2, &other, SECOND);
    assert_eq!(timers(other.wait(1, None).await), [2]);
    let _long = fires(3, &guest.queue, SECOND);
    assert_eq!(timers(waits_long.await), [3]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_cancelled_has_taken_nothing() {
    let guest = Guest::new();
    {
        let mut cancelled = pin!(guest.queue.wait_beside(1, None));
        waits(cancelled.as_mut()).await;
        let _timer = fires(1, &guest.queue, Duration::ZERO);
        tokio::time::sleep(SECOND).await;
    }
    assert_eq!(timers(guest.queue.wait_beside(1, Some(SECOND)).await), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_lasts_for_its_timeout_and_a_look_for_no_time() {
    let guest = Guest::new();
    let started = tokio::time::Instant::now();
    assert!(timers(guest.queue.wait_beside(1, Some(Duration::ZERO)).await).is_empty());
    assert_eq!(started.elapsed(), Duration::ZERO);
    let _timer = fires(1, &guest.queue, Duration::ZERO);
    assert!(timers(guest.queue.wait_beside(0, Some(SECOND)).await).is_empty());
    assert!(started.elapsed() >= SECOND);
    assert_eq!(timers(guest.queue.wait_beside(1, Some(SECOND)).await), [1]);
}

#[tokio::test]
async fn an_interruption_ends_all_waits() {
    let guest = Guest::new();
    let mut one = pin!(guest.queue.wait_beside(1, None));
    let mut another = pin!(guest.queue.wait_beside(0, Some(SECOND * 60)));
    waits(one.as_mut()).await;
    waits(another.as_mut()).await;
    guest.ctx.interrupter().interrupt();
    assert!(matches!(soon(one).await, Err(WaitError::Interrupted)));
    assert!(matches!(soon(another).await, Err(WaitError::Interrupted)));
    assert!(matches!(soon(guest.queue.wait_beside(1, None)).await, Err(WaitError::Interrupted)));
}
