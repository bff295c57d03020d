//! The virtual users of one scenario that loop, and the orders they are given.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinSet, yield_now};
use tokio::time::{Instant, sleep_until};

use super::timeline::Command;
use crate::vu::stepping_aside;

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

/// In how many parts members join, between which those who are at work have their turns: beginning takes each some 50 µs,
/// so that the timers of the first would ring late if all began at once. With more parts the last would begin late where
/// the first leave nobody a processor.
const PARTS: usize = 8;

/// The fewest members in a part: what takes a millisecond.
const SMALLEST_PART: usize = 16;

/// The members of one scenario's crew: one task and one channel each. `join` makes the task of a member; it
/// returns how many iterations it has begun.
pub(super) struct Crew<J> {
    join: J,
    members: Vec<watch::Sender<Order>>,
    /// Those that are no members any more and have not left yet.
    leaving: Vec<watch::Sender<Order>>,
    tasks: JoinSet<u64>,
    running: usize,
    /// How long one that pauses may take to end its iteration; none for as long as it likes.
    patience: Option<Duration>,
}

impl<J, T> Crew<J>
where
    J: Fn(watch::Receiver<Order>) -> T,
    T: Future<Output = u64> + Send + 'static,
{
    /// A crew without members.
    pub(super) fn new(join: J, patience: Option<Duration>) -> Self {
        let (members, leaving) = (Vec::new(), Vec::new());
        Self { join, members, leaving, tasks: JoinSet::new(), running: 0, patience }
    }

    /// Lets the first `count` run and all others pause. Members that there are not yet join, a few at a time.
    pub(super) async fn run(&mut self, count: usize) {
        let joined = self.members.len();
        for member in self.members.iter().take(count.min(joined)).skip(self.running) {
            member.send_if_modified(|order| !order.ends() && replace(order, Order::Run));
        }
        let joining = count.saturating_sub(joined);
        let part = joining.div_ceil(PARTS).max(SMALLEST_PART);
        for number in 1..=joining {
            let member = watch::Sender::new(Order::Run);
            self.tasks.spawn(stepping_aside((self.join)(member.subscribe())));
            self.members.push(member);
            if number % part == 0 {
                yield_now().await;
            }
        }
        for member in self.members.iter().take(self.running).skip(count) {
            let paused = member
                .send_if_modified(|order| *order == Order::Run && replace(order, Order::Pause));
            if let (true, Some(patience)) = (paused, self.patience) {
                tokio::spawn(cut_later(member.clone(), patience));
            }
        }
        self.running = count;
    }

    /// Keeps the first `count` members. The others end their iterations and go. Returns how many there are.
    pub(super) fn keep(&mut self, count: usize) -> usize {
        let others = self.members.split_off(count.min(self.members.len()));
        for member in &others {
            member.send_if_modified(|order| !order.ends() && replace(order, Order::Leave));
        }
        let going = others.len();
        self.running = self.running.min(count);
        self.leaving.retain(|member| !member.is_closed());
        self.leaving.extend(others);
        going
    }

    /// Gives all the same order, to go.
    pub(super) fn dismiss(&self, order: Order) {
        for member in self.members.iter().chain(&self.leaving) {
            member.send_if_modified(|current| *current != Order::Abort && replace(current, order));
        }
    }

    /// Waits until a member has left, and returns how many iterations it has begun; none if there are no
    /// members at work.
    pub(super) async fn left(&mut self) -> Option<u64> {
        self.tasks.join_next().await.map(|left| left.unwrap_or(0))
    }

    /// Gives the commands of a timeline until all have left, or, once it is `stopped`, tells all to go. Returns
    /// what each has begun, and whether it was stopped.
    pub(super) async fn follow(
        &mut self,
        timeline: Vec<(Duration, Command)>,
        stopped: impl Future<Output = ()>,
    ) -> (Vec<u64>, bool) {
        let start = Instant::now();
        let mut stopped = std::pin::pin!(stopped);
        let mut timeline = timeline.into_iter().peekable();
        let mut begun = Vec::new();
        let mut stops = false;
        loop {
            let next = timeline.peek().copied().filter(|_| !stops);
            let may_run = matches!(next, Some((_, Command::Run(_))));
            if self.tasks.is_empty() && !may_run {
                return (begun, stops);
            }
            let due = async {
                match next {
                    Some((at, _)) => sleep_until(start + at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                left = self.tasks.join_next(), if !self.tasks.is_empty() => {
                    begun.extend(left.and_then(Result::ok));
                }
                () = &mut stopped, if !stops => {
                    stops = true;
                    self.dismiss(Order::Abort);
                }
                () = due => match timeline.next() {
                    Some((_, Command::Run(count))) => self.run(count as usize).await,
                    Some((_, Command::Leave)) => self.dismiss(Order::Leave),
                    Some((_, Command::Abort)) => self.dismiss(Order::Abort),
                    None => {}
                },
            }
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
    use std::future::pending;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use tokio::sync::Notify;

    use super::*;

    /// What each member was told, with the time in milliseconds.
    type Told = Arc<Mutex<Vec<Vec<(u64, Order)>>>>;

    /// A member that writes down what it is told, and goes when it is told to, or after `stay`.
    fn member(
        told: Told,
        start: Instant,
        stay: Duration,
    ) -> impl Fn(watch::Receiver<Order>) -> std::pin::Pin<Box<dyn Future<Output = u64> + Send>>
    {
        move |mut orders| {
            let told = told.clone();
            let index = {
                let mut told = told.lock().unwrap();
                told.push(Vec::new());
                told.len() - 1
            };
            let follow = async move {
                loop {
                    let order = *orders.borrow_and_update();
                    let at = u64::try_from(start.elapsed().as_millis()).unwrap();
                    told.lock().unwrap()[index].push((at, order));
                    if order == Order::Abort || orders.changed().await.is_err() {
                        return;
                    }
                }
            };
            Box::pin(async move {
                let _ = tokio::time::timeout(stay, follow).await;
                index as u64
            })
        }
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[tokio::test(start_paused = true)]
    async fn a_ramp_runs_pauses_and_cuts_the_last_ones_first() {
        use Order::{Abort, Cut, Leave, Pause, Run};
        let (told, start) = (Told::default(), Instant::now());
        let mut crew = Crew::new(member(told.clone(), start, Duration::MAX), Some(seconds(5)));
        let timeline = vec![
            (seconds(0), Command::Run(1)),
            (seconds(1), Command::Run(3)),
            (seconds(3), Command::Run(2)),
            (seconds(4), Command::Run(1)),
            (seconds(7), Command::Run(2)),
            (seconds(14), Command::Leave),
            (seconds(44), Command::Abort),
        ];
        let (begun, stopped) = crew.follow(timeline, pending()).await;
        assert_eq!((begun.len(), stopped), (3, false));
        let end = [(14_000, Leave), (44_000, Abort)];
        let told = told.lock().unwrap();
        assert_eq!(told[0], [&[(0, Run)][..], &end].concat());
        assert_eq!(told[1], [&[(1_000, Run), (4_000, Pause), (7_000, Run)][..], &end].concat());
        assert_eq!(told[2], [&[(1_000, Run), (3_000, Pause), (8_000, Cut)][..], &end].concat());
    }

    #[tokio::test]
    async fn those_at_work_have_turns_while_others_join() {
        let (turns, due) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let (working, woken) = (turns.clone(), due.clone());
        let work = tokio::spawn(async move {
            loop {
                woken.notified().await;
                working.fetch_add(1, Ordering::Relaxed);
            }
        });
        // Each wakes the one at work, looks at how many turns that had, and goes.
        let joined = move |_| {
            let (turns, due) = (turns.clone(), due.clone());
            async move {
                due.notify_one();
                turns.load(Ordering::Relaxed) as u64
            }
        };
        // Scenarios are tasks, too.
        let scenario = tokio::spawn(async move {
            let mut crew = Crew::new(joined, None);
            crew.run(1_000).await;
            let mut seen = Vec::new();
            while let Some(turns) = crew.left().await {
                seen.push(turns);
            }
            seen
        });
        let mut seen = scenario.await.unwrap();
        work.abort();
        seen.sort_unstable();
        seen.dedup();
        assert!(seen.len() >= PARTS, "{seen:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn those_beyond_the_first_go_and_others_take_their_places() {
        use Order::{Abort, Leave, Pause, Run};
        let (told, start) = (Told::default(), Instant::now());
        let mut crew = Crew::new(member(told.clone(), start, Duration::MAX), None);
        crew.run(3).await;
        tokio::time::sleep(seconds(1)).await;
        crew.run(1).await;
        tokio::time::sleep(seconds(1)).await;
        assert_eq!((crew.keep(1), crew.keep(1), crew.keep(9)), (2, 0, 0));
        tokio::time::sleep(seconds(1)).await;
        crew.run(2).await;
        tokio::time::sleep(seconds(1)).await;
        crew.dismiss(Abort);
        while crew.left().await.is_some() {}
        let told = told.lock().unwrap();
        assert_eq!(told[0], [(0, Run), (4_000, Abort)]);
        let went = [(0, Run), (1_000, Pause), (2_000, Leave), (4_000, Abort)];
        assert_eq!((&told[1][..], &told[2][..]), (&went[..], &went[..]));
        assert_eq!(told[3], [(3_000, Run), (4_000, Abort)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_crew_that_has_left_ends_the_timeline() {
        let start = Instant::now();
        let mut crew = Crew::new(member(Told::default(), start, seconds(3)), None);
        let timeline = vec![(seconds(0), Command::Run(2)), (seconds(600), Command::Leave)];
        let (mut begun, stopped) = crew.follow(timeline, pending()).await;
        begun.sort_unstable();
        assert_eq!((begun, stopped, start.elapsed()), (vec![0, 1], false, seconds(3)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_crew_may_start_late() {
        let start = Instant::now();
        let mut crew = Crew::new(member(Told::default(), start, seconds(1)), None);
        let timeline = vec![(seconds(0), Command::Run(0)), (seconds(5), Command::Run(1))];
        let (begun, _) = crew.follow(timeline, pending()).await;
        assert_eq!((begun, start.elapsed()), (vec![0], seconds(6)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_comes_before_all_that_is_due() {
        let (told, start) = (Told::default(), Instant::now());
        let mut crew = Crew::new(member(told.clone(), start, Duration::MAX), None);
        let timeline = vec![(seconds(0), Command::Run(1)), (seconds(10), Command::Run(2))];
        let (begun, stopped) = crew.follow(timeline, tokio::time::sleep(seconds(4))).await;
        assert_eq!((begun, stopped), (vec![0], true));
        assert_eq!(*told.lock().unwrap(), [[(0, Order::Run), (4_000, Order::Abort)]]);
    }
}
