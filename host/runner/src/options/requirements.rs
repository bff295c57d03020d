//! How many virtual users scenarios need, and when.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{ExecutorConfig, Scenario};

/// From one time to another, both counted from the start of the scenarios, a scenario needs so many virtual
/// users. Where its times overlap, the highest number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Need {
    from: Duration,
    to: Duration,
    planned: u64,
    unplanned: u64,
}

impl Scenario {
    /// What this process needs for the scenario. A virtual user that has to go is needed for as long as its
    /// iteration may take to end.
    fn needs(&self) -> Vec<Need> {
        let end = self.start_time.saturating_add(self.executor.duration());
        let last = self.max_duration();
        let patience = match &self.executor {
            ExecutorConfig::RampingVus { graceful_ramp_down, .. } => *graceful_ramp_down,
            _ => Duration::ZERO,
        };
        let steps = self.steps();
        let ends = steps.iter().skip(1).map(|step| self.start_time.saturating_add(step.at));
        let ends = ends.map(|at| at.saturating_add(patience)).chain([last]);
        let unplanned =
            self.max_vus().saturating_sub(steps.iter().map(|step| step.vus).max().unwrap_or(0));
        let need = |(step, to): (&super::ramp::Step, Duration)| Need {
            from: self.start_time.saturating_add(step.at),
            // What reaches beyond the regular end goes by the graceful stop.
            to: if to > end { last } else { to },
            planned: u64::from(step.vus),
            unplanned: u64::from(unplanned),
        };
        steps.iter().zip(ends).map(need).collect()
    }
}

/// The most virtual users that these scenarios need at one time, with those that are made only if all others
/// are busy.
pub fn max_vus(scenarios: &[Scenario]) -> u64 {
    most(scenarios, |need| need.planned + need.unplanned)
}

/// The most virtual users that these scenarios are sure to need at one time.
pub fn planned_vus(scenarios: &[Scenario]) -> u64 {
    most(scenarios, |need| need.planned)
}

/// The highest sum over time of what each scenario needs.
fn most(scenarios: &[Scenario], vus: impl Fn(&Need) -> u64) -> u64 {
    // Ends come before starts of the same time: one scenario takes over the users of another.
    let mut changes: Vec<(Duration, bool, usize, u64)> = Vec::new();
    for (scenario, needs) in scenarios.iter().map(Scenario::needs).enumerate() {
        for need in needs.iter().filter(|need| need.from < need.to) {
            changes.push((need.from, true, scenario, vus(need)));
            changes.push((need.to, false, scenario, vus(need)));
        }
    }
    changes.sort_unstable();
    // For each scenario the numbers that it needs now, with how often.
    let mut needed = vec![BTreeMap::<u64, u32>::new(); scenarios.len()];
    let (mut sum, mut most) = (0, 0);
    for (_, begins, scenario, vus) in changes {
        let needed = &mut needed[scenario];
        let highest =
            |needed: &BTreeMap<u64, u32>| needed.last_key_value().map_or(0, |(vus, _)| *vus);
        let before = highest(needed);
        if begins {
            *needed.entry(vus).or_default() += 1;
        } else if let Some(count) = needed.get_mut(&vus) {
            *count -= 1;
            if *count == 0 {
                needed.remove(&vus);
            }
        }
        sum = sum + highest(needed) - before;
        most = most.max(sum);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{ArrivalUsers, ENDLESS, ExecutionSegment, Rate, Share, Stage};

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn starting_at(start: u64, executor: ExecutorConfig) -> Scenario {
        Scenario { start_time: seconds(start), ..Scenario::new("s", executor) }
    }

    fn constant(vus: u32, start: u64, duration: u64) -> Scenario {
        starting_at(start, ExecutorConfig::ConstantVus { vus, duration: seconds(duration) })
    }

    fn ramp(start: u64, stages: &[(u64, u32)]) -> Scenario {
        let stage = |&(duration, target)| Stage { duration: seconds(duration), target };
        starting_at(
            start,
            ExecutorConfig::RampingVus {
                start_vus: 0,
                stages: stages.iter().map(stage).collect(),
                graceful_ramp_down: seconds(5),
            },
        )
    }

    #[test]
    fn scenarios_that_overlap_add_up() {
        assert_eq!(max_vus(&[constant(5, 0, 10), constant(7, 39, 10), constant(2, 100, 10)]), 12);
        assert_eq!(max_vus(&[constant(5, 0, 10), constant(7, 40, 10)]), 7);
        assert_eq!(max_vus(&[]), 0);
    }

    #[test]
    fn the_users_of_a_ramp_that_went_down_serve_others() {
        // 10 users until 20 s, with the ramp-down until 25 s; from then on none for a long time.
        let early = ramp(0, &[(10, 10), (10, 10), (0, 0), (100, 0)]);
        assert_eq!(max_vus(&[early.clone(), constant(8, 25, 10)]), 10);
        assert_eq!(max_vus(&[early.clone(), constant(8, 24, 10)]), 18);
        assert_eq!(max_vus(&[ramp(0, &[(10, 10), (100, 10)]), constant(8, 0, 1)]), 18);
        // Just before 5 s there are 4.
        let short = Scenario { graceful_stop: Duration::ZERO, ..constant(8, 0, 5) };
        assert_eq!(max_vus(&[ramp(0, &[(10, 10), (100, 10)]), short]), 12);
    }

    #[test]
    fn a_ramp_down_that_reaches_the_end_lasts_for_the_graceful_stop() {
        let ends = ramp(0, &[(0, 10), (10, 10), (0, 0), (2, 0)]);
        assert_eq!(max_vus(&[ends.clone(), constant(8, 41, 10)]), 18);
        assert_eq!(max_vus(&[ends, constant(8, 42, 10)]), 10);
    }

    #[test]
    fn arrival_rates_may_need_more_than_they_plan() {
        let users = ArrivalUsers { pre_allocated: 3, max: 20 };
        let (rate, time_unit, duration) = (Rate::whole(1), seconds(1), seconds(10));
        let arrivals = starting_at(
            0,
            ExecutorConfig::ConstantArrivalRate { rate, time_unit, duration, users },
        );
        let scenarios = [arrivals, constant(5, 0, 10)];
        assert_eq!((planned_vus(&scenarios), max_vus(&scenarios)), (8, 25));
    }

    #[test]
    fn what_has_no_end_is_needed_for_ever() {
        let endless =
            ExecutorConfig::ExternallyControlled { vus: 1, max_vus: 4, duration: ENDLESS };
        assert_eq!(max_vus(&[starting_at(0, endless), constant(5, 1_000_000, 10)]), 9);
    }

    #[test]
    fn a_process_needs_its_own_users() {
        let half = |text| {
            let segment = ExecutionSegment::read(&serde_json::json!(text), "s").unwrap();
            Share::new(Some(segment), None).unwrap()
        };
        let vus = |text| {
            let scenario = |scenario| Scenario { share: half(text), ..scenario };
            max_vus(&[scenario(constant(5, 0, 10)), scenario(ramp(0, &[(10, 3)]))])
        };
        assert_eq!((vus("0:1/2"), vus("1/2:1")), (5, 3));
    }
}
