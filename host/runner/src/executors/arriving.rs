//! Runs a scenario with an arrival rate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep_until, timeout_at};

use super::arrivals::Arrivals;
use super::crew::Order;
use super::gate::Gate;
use super::pool::{Pool, at_a_time};
use super::scenario::{Dropped, Shared};
use super::worker;
use crate::log::{Level, Source};
use crate::options::ArrivalUsers;
use crate::run::RunError;
use crate::vu::stepping_aside;

/// The virtual users of the scenario. More are made when all were busy.
struct Users {
    pool: Arc<Pool>,
    shared: Arc<Shared>,
    gate: Arc<Gate>,
    orders: watch::Sender<Order>,
    tasks: JoinSet<()>,
    max: u32,
    /// How many more may be made.
    left: u32,
    /// How many are being made.
    making: Arc<AtomicU32>,
    warned: bool,
}

/// Runs a scenario with an arrival rate. Tells whether it was stopped before its end.
pub(super) async fn run(pool: &Arc<Pool>, shared: &Arc<Shared>, users: ArrivalUsers) -> bool {
    let run = pool.run().clone();
    let Some(arrivals) = &shared.arrivals else { return false };
    let mut users = Users::new(pool, shared, users);
    let stopped = tokio::select! {
        biased;
        () = run.stop.stopped() => true,
        () = users.serve(arrivals) => false,
    };
    users.orders.send_replace(Order::Abort);
    while users.tasks.join_next().await.is_some() {}
    stopped
}

impl Users {
    fn new(pool: &Arc<Pool>, shared: &Arc<Shared>, users: ArrivalUsers) -> Self {
        let share = &shared.scenario.share;
        let (pre_allocated, max) = (share.of_vus(users.pre_allocated), share.of_vus(users.max));
        shared.crew.store(pre_allocated, Ordering::Relaxed);
        Self {
            pool: pool.clone(),
            shared: shared.clone(),
            gate: Arc::new(Gate::new()),
            orders: watch::Sender::new(Order::Run),
            tasks: JoinSet::new(),
            max,
            left: max - pre_allocated,
            making: Arc::default(),
            warned: false,
        }
    }

    /// Lets users take what is due until the scenario is over, and waits for them as long as it may.
    async fn serve(&mut self, arrivals: &Arrivals) {
        self.come().await;
        let scenario = &self.shared.scenario;
        let start = self.shared.start();
        let end = start + scenario.executor.duration();
        let patient_until = end + scenario.graceful_stop;
        let (gate, run) = (self.gate.clone(), self.pool.run().clone());
        let dropped = Dropped::new(&self.shared, &run);
        let turned_away = |count: usize| {
            dropped.record(&run, count as u64);
            self.call_more(count);
        };
        gate.open(arrivals, start, turned_away).await;
        sleep_until(end).await;
        self.orders.send_replace(Order::Leave);
        let leaving = async { while self.tasks.join_next().await.is_some() {} };
        // Who has not left by then is told to at once.
        let _ = timeout_at(patient_until, leaving).await;
    }

    /// Takes those that were made before the run.
    async fn come(&mut self) {
        for _ in 0..self.max - self.left {
            let mut seat = self.pool.take().await;
            let (pool, shared, gate) = (self.pool.clone(), self.shared.clone(), self.gate.clone());
            let orders = self.orders.subscribe();
            self.tasks.spawn(stepping_aside(async move {
                worker::work_on_arrival(&pool, &mut seat, &shared, &gate, orders).await;
                pool.put(seat);
            }));
        }
    }

    /// Makes more, because so many would have been needed.
    fn call_more(&mut self, count: usize) {
        if self.left == 0 && !self.warned {
            self.warned = true;
            let max = self.max;
            let text =
                format!("Insufficient VUs, reached {max} active VUs and cannot initialize more");
            self.shared.say(self.pool.run(), Level::Warn, Source::Runner, text);
        }
        let room = at_a_time().saturating_sub(self.making.load(Ordering::Relaxed) as usize);
        for _ in 0..count.min(room).min(self.left as usize) {
            self.left -= 1;
            self.making.fetch_add(1, Ordering::Relaxed);
            self.call_one();
        }
    }

    fn call_one(&mut self) {
        let (pool, shared, gate) = (self.pool.clone(), self.shared.clone(), self.gate.clone());
        let (orders, making) = (self.orders.subscribe(), self.making.clone());
        self.tasks.spawn(stepping_aside(async move {
            let mut going = orders.clone();
            let seat = tokio::select! {
                seat = pool.take_extra() => Some(seat),
                // What is being made then is finished by itself, and let go.
                _ = going.wait_for(|order| order.ends()) => None,
            };
            making.fetch_sub(1, Ordering::Relaxed);
            match seat {
                Some(Ok(mut seat)) => {
                    shared.crew.fetch_add(1, Ordering::Relaxed);
                    worker::work_on_arrival(&pool, &mut seat, &shared, &gate, orders).await;
                    pool.put(seat);
                }
                None | Some(Err(RunError::Stopped)) => {}
                Some(Err(error)) => {
                    let text = format!("another virtual user could not be made: {error}");
                    shared.say(pool.run(), Level::Error, Source::Runner, text);
                }
            }
        }));
    }
}
