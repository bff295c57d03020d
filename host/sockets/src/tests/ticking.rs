//! Timers, on a clock that the tests move.

use std::time::Duration;

use super::guest::Guest;
use crate::Timer;
use crate::bindings::events::{Event, TimerFired};

const MILLI: Duration = Duration::from_millis(1);

async fn fired(guest: &Guest) -> TimerFired {
    match guest.event().await {
        Event::Timer(fired) => fired,
        other => panic!("not a timer: {other:?}"),
    }
}

async fn sleep(guest: &Guest, time: Duration) {
    assert!(guest.queue.wait(0, Some(time)).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_timer_without_a_period_fires_once() {
    let guest = Guest::new();
    let _timer = Timer::start(7, guest.queue.clone(), 10 * MILLI, None);
    let event = fired(&guest).await;
    assert_eq!((event.timer, event.missed), (7, 0));
    sleep(&guest, 1000 * MILLI).await;
    guest.nothing().await;
}

#[tokio::test(start_paused = true)]
async fn periods_are_counted_from_the_first_due_time() {
    let guest = Guest::new();
    let _timer = Timer::start(1, guest.queue.clone(), 5 * MILLI, Some(10 * MILLI));
    let first = fired(&guest).await.due;
    for number in 1..20 {
        let event = fired(&guest).await;
        assert_eq!(event.due - first, number * 10_000_000);
        assert_eq!(event.missed, 0);
        // The guest is late, but not by a whole period.
        sleep(&guest, 7 * MILLI).await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_event_waits_and_counts_the_periods_that_it_stands_for() {
    let guest = Guest::new();
    let _timer = Timer::start(1, guest.queue.clone(), 10 * MILLI, Some(10 * MILLI));
    sleep(&guest, 105 * MILLI).await;
    assert_eq!(guest.queue.waiting().1, 1);
    let late = fired(&guest).await;
    assert_eq!(late.missed, 9);
    let next = fired(&guest).await;
    assert_eq!(next.missed, 0);
    assert_eq!(next.due - late.due, 100_000_000);
}

#[tokio::test(start_paused = true)]
async fn timers_coalesce_each_for_itself() {
    let guest = Guest::new();
    let start = |id, period| Timer::start(id, guest.queue.clone(), period, Some(period));
    let _timers = [start(1, 10 * MILLI), start(2, 25 * MILLI)];
    sleep(&guest, 102 * MILLI).await;
    let (first, second) = (fired(&guest).await, fired(&guest).await);
    assert_eq!((first.timer, first.missed), (1, 9));
    assert_eq!((second.timer, second.missed), (2, 3));
    guest.nothing().await;
}

#[tokio::test(start_paused = true)]
async fn a_dropped_timer_fires_no_more_but_what_had_fired_is_delivered() {
    let guest = Guest::new();
    let timer = Timer::start(1, guest.queue.clone(), 10 * MILLI, Some(10 * MILLI));
    sleep(&guest, 15 * MILLI).await;
    drop(timer);
    sleep(&guest, 1000 * MILLI).await;
    assert_eq!(fired(&guest).await.missed, 0);
    sleep(&guest, 1000 * MILLI).await;
    guest.nothing().await;
}

#[tokio::test(start_paused = true)]
async fn a_period_of_nothing_is_a_millisecond() {
    let guest = Guest::new();
    let _timer = Timer::start(1, guest.queue.clone(), Duration::ZERO, Some(Duration::ZERO));
    sleep(&guest, 10 * MILLI + MILLI / 2).await;
    let event = fired(&guest).await;
    assert!((10..=11).contains(&event.missed), "{event:?}");
}

#[tokio::test(start_paused = true)]
async fn times_beyond_the_clock_are_never() {
    let guest = Guest::new();
    let forever = Duration::from_nanos(u64::MAX);
    let _timers = [
        Timer::start(1, guest.queue.clone(), Duration::MAX, None),
        Timer::start(2, guest.queue.clone(), forever, Some(forever)),
        Timer::start(3, guest.queue.clone(), Duration::ZERO, Some(Duration::MAX)),
    ];
    assert_eq!(fired(&guest).await.timer, 3);
    sleep(&guest, Duration::from_secs(60 * 60 * 24)).await;
    guest.nothing().await;
}
