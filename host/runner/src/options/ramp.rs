//! The number of virtual users over time, as steps.

use std::time::Duration;

use super::Stage;

/// From this time on there are this many virtual users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// Counted from the start of the scenario.
    pub(crate) at: Duration,
    /// How many.
    pub(crate) vus: u32,
}

/// The steps of a ramp, the first at 0, each at a time of its own. Within a stage the changes are spread
/// evenly, and the last falls on its end; a stage without duration is one step. The arithmetic is exact.
pub(super) fn steps(start_vus: u32, stages: &[Stage]) -> Vec<Step> {
    let mut steps = vec![Step { at: Duration::ZERO, vus: start_vus }];
    let (mut start, mut vus) = (Duration::ZERO, start_vus);
    for stage in stages {
        let changes = stage.target.abs_diff(vus);
        if stage.duration.is_zero() {
            jump(&mut steps, Step { at: start, vus: stage.target });
        } else {
            steps.extend((1..=changes).map(|change| Step {
                at: start + fraction(stage.duration, change, changes),
                vus: if stage.target > vus { vus + change } else { vus - change },
            }));
        }
        start += stage.duration;
        vus = stage.target;
    }
    steps
}

/// Adds a step that takes the place of one at the same time: nobody starts for no time at all.
fn jump(steps: &mut Vec<Step>, step: Step) {
    match steps.last_mut() {
        Some(last) if last.at == step.at => *last = step,
        _ => steps.push(step),
    }
}

/// `duration · part / whole`, rounded down to a nanosecond.
fn fraction(duration: Duration, part: u32, whole: u32) -> Duration {
    let nanos = duration.as_nanos() * u128::from(part) / u128::from(whole);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(seconds: u64, target: u32) -> Stage {
        Stage { duration: Duration::from_secs(seconds), target }
    }

    fn listed(start_vus: u32, stages: &[Stage]) -> Vec<(u128, u32)> {
        steps(start_vus, stages).iter().map(|step| (step.at.as_millis(), step.vus)).collect()
    }

    #[test]
    fn changes_are_spread_evenly_over_a_stage() {
        assert_eq!(
            listed(1, &[stage(2, 5), stage(3, 5), stage(1, 3)]),
            [(0, 1), (500, 2), (1000, 3), (1500, 4), (2000, 5), (5500, 4), (6000, 3)]
        );
    }

    #[test]
    fn a_stage_without_duration_is_a_jump() {
        assert_eq!(
            listed(0, &[stage(0, 100), stage(10, 100), stage(0, 0)]),
            [(0, 100), (10_000, 0)]
        );
    }

    #[test]
    fn a_long_steep_ramp_ends_on_its_end() {
        let steps = steps(0, &[stage(86_400, 99_999)]);
        let last = steps.last().unwrap();
        assert_eq!((last.at, last.vus), (Duration::from_secs(86_400), 99_999));
    }
}
