//! What the virtual users of a scenario are told, and when.

use std::time::Duration;

use crate::options::Scenario;

/// One of the things that all virtual users of a scenario are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// The first so many run, the others pause.
    Run(u32),
    /// All end their iterations and go.
    Leave,
    /// All go at once.
    Abort,
}

/// The commands of a scenario whose virtual users loop, with their times, counted from its start.
pub(super) fn timeline(scenario: &Scenario) -> Vec<(Duration, Command)> {
    let end = scenario.executor.duration();
    let steps = scenario.steps().into_iter().map(|step| (step.at, Command::Run(step.vus)));
    // What happens at the end need not begin.
    let mut commands: Vec<_> = steps.filter(|(at, _)| *at < end || at.is_zero()).collect();
    commands.push((end, Command::Leave));
    commands.push((end.saturating_add(scenario.graceful_stop), Command::Abort));
    commands
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{ExecutorConfig, Share, Stage};

    #[test]
    fn a_ramp_runs_to_its_end_and_stops_gracefully() {
        let stage = |seconds, target| Stage { duration: Duration::from_secs(seconds), target };
        let ramp = ExecutorConfig::RampingVus {
            start_vus: 1,
            stages: vec![stage(2, 3), stage(2, 1), stage(0, 2), stage(1, 3)],
            graceful_ramp_down: Duration::from_secs(5),
        };
        let seconds = |timeline: Vec<(Duration, Command)>| {
            timeline.into_iter().map(|(at, command)| (at.as_secs(), command)).collect::<Vec<_>>()
        };
        use Command::{Abort, Leave, Run};
        let scenario = Scenario::new("s", ramp);
        let expected = [
            (0, Run(1)),
            (1, Run(2)),
            (2, Run(3)),
            (3, Run(2)),
            (4, Run(2)),
            (5, Leave),
            (35, Abort),
        ];
        let expected: Vec<_> = expected.into_iter().filter(|step| *step != (4, Run(2))).collect();
        assert_eq!(seconds(timeline(&scenario)), expected);
        let mut options = crate::options::Options::default();
        options.set("executionSegment", &"1/2:1".into(), "executionSegment").unwrap();
        let share: Share = options.share().unwrap();
        let half = Scenario { share, ..scenario };
        assert_eq!(seconds(timeline(&half)), [(0, Run(0)), (1, Run(1)), (5, Leave), (35, Abort)]);
    }
}
