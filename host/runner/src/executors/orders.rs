//! What virtual users are told to do, and when.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::ramp::{self, Step};
use crate::options::ExecutorConfig;

/// What a virtual user is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Run iterations.
    Run,
    /// End the iteration, begin no other.
    Pause,
    /// Break the iteration off, begin no other.
    Cut,
    /// End the iteration, then go.
    Leave,
    /// Break the iteration off, then go.
    Abort,
}

impl Order {
    /// Whether an iteration that runs is to be broken off.
    pub(super) fn breaks(self) -> bool {
        matches!(self, Self::Cut | Self::Abort)
    }

    /// Whether the virtual user is to go.
    pub(super) fn ends(self) -> bool {
        matches!(self, Self::Leave | Self::Abort)
    }
}

/// Gives the orders of one scenario: one channel for each of its virtual users.
pub(super) struct Orders {
    channels: Vec<watch::Sender<Order>>,
    start: Instant,
    steps: Vec<Step>,
    graceful_ramp_down: Duration,
    duration: Duration,
    graceful_stop: Duration,
}

impl Orders {
    /// Orders for a scenario that starts now.
    pub(super) fn new(executor: &ExecutorConfig, graceful_stop: Duration) -> Self {
        let vus = executor.max_vus();
        let (steps, graceful_ramp_down) = match executor {
            ExecutorConfig::RampingVus { start_vus, stages, graceful_ramp_down } => {
                (ramp::steps(*start_vus, stages), *graceful_ramp_down)
            }
            _ => (vec![Step { at: Duration::ZERO, vus }], Duration::ZERO),
        };
        Self {
            channels: (0..vus).map(|_| watch::Sender::new(Order::Pause)).collect(),
            start: Instant::now(),
            steps,
            graceful_ramp_down,
            duration: executor.duration(),
            graceful_stop,
        }
    }

    /// The channel of each virtual user.
    pub(super) fn subscribe(&self) -> Vec<watch::Receiver<Order>> {
        self.channels.iter().map(watch::Sender::subscribe).collect()
    }

    /// Gives the orders, from the first to the last.
    pub(super) async fn give(&self) {
        let ramp = async {
            for step in &self.steps {
                sleep_until(self.start + step.at).await;
                self.apply(step.vus);
            }
            std::future::pending::<()>().await;
        };
        let end = self.start + self.duration;
        tokio::select! {
            () = ramp => {}
            () = sleep_until(end) => {}
        }
        self.all(Order::Leave);
        sleep_until(end + self.graceful_stop).await;
        self.all(Order::Abort);
    }

    /// Gives the last order at once.
    pub(super) fn abort(&self) {
        self.all(Order::Abort);
    }

    fn apply(&self, vus: u32) {
        for (index, channel) in (0..).zip(&self.channels) {
            if index < vus {
                channel.send_if_modified(|order| replace(order, Order::Run));
            } else if channel
                .send_if_modified(|order| *order == Order::Run && replace(order, Order::Pause))
            {
                tokio::spawn(cut_later(channel.clone(), self.graceful_ramp_down));
            }
        }
    }

    fn all(&self, order: Order) {
        for channel in &self.channels {
            channel.send_if_modified(|current| *current != Order::Abort && replace(current, order));
        }
    }
}

fn replace(current: &mut Order, order: Order) -> bool {
    std::mem::replace(current, order) != order
}

/// Breaks off the iteration of a virtual user that paused and takes too long over it.
async fn cut_later(channel: watch::Sender<Order>, patience: Duration) {
    let mut order = channel.subscribe();
    let changed = order.wait_for(|order| *order != Order::Pause);
    if tokio::time::timeout(patience, changed).await.is_err() {
        channel.send_if_modified(|order| *order == Order::Pause && replace(order, Order::Cut));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Stage;

    fn orders(receivers: &[watch::Receiver<Order>]) -> Vec<Order> {
        receivers.iter().map(|receiver| *receiver.borrow()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_ramp_runs_pauses_and_cuts_the_last_ones_first() {
        let stage = |seconds, target| Stage { duration: Duration::from_secs(seconds), target };
        let executor = ExecutorConfig::RampingVus {
            start_vus: 1,
            stages: vec![stage(2, 3), stage(2, 1), stage(10, 1)],
            graceful_ramp_down: Duration::from_secs(5),
        };
        let given = Orders::new(&executor, Duration::from_secs(30));
        let receivers = given.subscribe();
        let start = given.start;
        let observe = async {
            use Order::{Abort, Cut, Leave, Pause, Run};
            let expected = [
                (500, [Run, Pause, Pause]),
                (1_500, [Run, Run, Pause]),
                (2_500, [Run, Run, Run]),
                (3_500, [Run, Run, Pause]),
                (4_500, [Run, Pause, Pause]),
                (8_500, [Run, Pause, Cut]),
                (9_500, [Run, Cut, Cut]),
                (14_500, [Leave, Leave, Leave]),
                (44_500, [Abort, Abort, Abort]),
            ];
            for (millis, expected) in expected {
                sleep_until(start + Duration::from_millis(millis)).await;
                assert_eq!(orders(&receivers), expected, "at {millis} ms");
            }
        };
        tokio::join!(given.give(), observe);
    }
}
