//! One moment of a run as lines that fit into the space that there is.

use std::time::Duration;

use wasock_runner::executors::progress::{Status, View, clock};
use wasock_runner::run::{Phase, ProgressView};

use super::table::{Table, cut};

/// Rows that stay free: the one with the cursor.
const FREE_ROWS: usize = 1;

/// How many characters fit beside and below each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Characters in a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
}

/// Numbers that stand above the scenarios.
#[derive(Clone, Copy, Debug, Default)]
pub struct Numbers {
    /// How long the run has lasted.
    pub elapsed: Duration,
    /// Virtual users at work.
    pub active: u32,
    /// Virtual users that are ready or at work; while they are made, how many there will be.
    pub vus: u32,
    /// Iterations that ran to their end.
    pub completed: u64,
    /// Iterations that were cut short.
    pub interrupted: u64,
}

/// The lines for one moment. With `space` there are bars, and every line fits; without, lines are as
/// long as they get, with percentages.
pub fn lines(
    view: &ProgressView,
    numbers: Numbers,
    space: Option<Space>,
    colours: bool,
) -> Vec<String> {
    let columns = space.map_or(usize::MAX, |space| space.columns);
    let stage = match view.phase {
        Phase::Setup => Some("setup() is running"),
        Phase::Teardown => Some("teardown() is running"),
        Phase::Paused => Some("paused"),
        Phase::Lingering => Some("done, and lingering"),
        Phase::Initializing | Phase::Running | Phase::Done => None,
    };
    let head = match view.phase {
        Phase::Initializing => {
            vec![format!("Initialising VUs ({}/{})", view.made, numbers.vus)]
        }
        _ => running(numbers),
    };
    let mut lines = vec![fitting(head, columns)];
    let rows = space.map_or(usize::MAX, |space| {
        space.rows.saturating_sub(FREE_ROWS + lines.len() + usize::from(stage.is_some()))
    });
    let (shown, left_out) = chosen(&view.scenarios, rows);
    let table = Table::new(&shown, space.map(|space| space.columns));
    lines.extend(shown.iter().map(|scenario| table.row(scenario, colours)));
    lines.extend(left_out.map(|text| cut(&text, columns)));
    lines.extend(stage.map(|text| cut(text, columns)));
    lines
}

/// The line above the scenarios, the longest form first.
fn running(numbers: Numbers) -> Vec<String> {
    let Numbers { active, vus, completed, interrupted, .. } = numbers;
    let time = clock(numbers.elapsed);
    vec![
        format!(
            "running ({time}), {active}/{vus} VUs, {completed} complete and {interrupted} \
             interrupted iterations"
        ),
        format!("running ({time}), {active}/{vus} VUs, {completed} iterations"),
        format!("{time}, {active}/{vus} VUs, {completed} iters"),
    ]
}

/// The first of these that fits, or the beginning of the last.
fn fitting(forms: Vec<String>, columns: usize) -> String {
    let shortest = forms.last().cloned().unwrap_or_default();
    let fits = |form: &String| form.chars().count() <= columns;
    forms.into_iter().find(fits).unwrap_or_else(|| cut(&shortest, columns))
}

/// The scenarios that fit, in their order, and a line about the others. Those that are at work come
/// before those that wait, and these before those that are done.
fn chosen(scenarios: &[View], rows: usize) -> (Vec<&View>, Option<String>) {
    if scenarios.len() <= rows {
        return (scenarios.iter().collect(), None);
    }
    let rank = |view: &View| match view.status {
        Status::Running | Status::Stopping => 0,
        Status::Waiting => 1,
        Status::Interrupted | Status::Done => 2,
    };
    let mut order: Vec<usize> = (0..scenarios.len()).collect();
    order.sort_by_key(|&index| rank(&scenarios[index]));
    let (shown, others) = order.split_at(rows.saturating_sub(1));
    let mut shown = shown.to_vec();
    shown.sort_unstable();
    let count = |wanted| others.iter().filter(|&&index| rank(&scenarios[index]) == wanted).count();
    let kinds = [(count(0), "at work"), (count(1), "waiting"), (count(2), "done")];
    let kinds = kinds.into_iter().filter(|(count, _)| *count > 0);
    let kinds: Vec<_> = kinds.map(|(count, kind)| format!("{count} {kind}")).collect();
    let left_out = format!("… and {} more: {}", others.len(), kinds.join(", "));
    (shown.into_iter().map(|index| &scenarios[index]).collect(), Some(left_out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::table::{LEAST_NAME_WIDTH, bar};

    fn scenario(name: &str, status: Status, fraction: f64, columns: &[&str]) -> View {
        let columns = columns.iter().map(|&column| column.to_owned()).collect();
        View { name: name.to_owned(), status, fraction, columns }
    }

    const NUMBERS: Numbers = Numbers {
        elapsed: Duration::from_millis(61_050),
        active: 3,
        vus: 10,
        completed: 1_234,
        interrupted: 5,
    };

    fn frame(phase: Phase, scenarios: Vec<View>, space: Option<Space>) -> Vec<String> {
        lines(&ProgressView { phase, made: 3, scenarios }, NUMBERS, space, false)
    }

    fn three() -> Vec<View> {
        vec![
            scenario("a", Status::Running, 0.1, &["1/2 VUs", "00m01.0s/10s"]),
            scenario("longer", Status::Done, 1.0, &["10 VUs", "00m01.0s/1s", "4/4 iters"]),
            scenario("late", Status::Waiting, 0.0, &["starts in 10m30.5s"]),
        ]
    }

    fn space(columns: usize, rows: usize) -> Option<Space> {
        Some(Space { columns, rows })
    }

    #[test]
    fn without_a_terminal_scenarios_stand_below_each_other_with_percentages() {
        let expected = [
            "running (01m01.0s), 3/10 VUs, 1234 complete and 5 interrupted iterations",
            "a        [  10% ] 1/2 VUs  00m01.0s/10s",
            "longer ✓ [ 100% ] 10 VUs   00m01.0s/1s   4/4 iters",
            "late   • [   0% ] starts in 10m30.5s",
        ];
        assert_eq!(frame(Phase::Running, three(), None), expected);
    }

    #[test]
    fn on_a_wide_terminal_there_are_bars() {
        let lines = frame(Phase::Running, three(), space(100, 24));
        assert_eq!(lines[1], format!("a        {} 1/2 VUs  00m01.0s/10s", bar(0.1, 40)));
        assert_eq!(lines[2], format!("longer ✓ {} 10 VUs   00m01.0s/1s   4/4 iters", bar(1.0, 40)));
    }

    #[test]
    fn with_less_room_bars_shrink_then_become_numbers_then_columns_go() {
        let row = |columns| frame(Phase::Running, three(), space(columns, 24))[2].clone();
        assert_eq!(row(60), "longer ✓ [================] 10 VUs   00m01.0s/1s   4/4 iters");
        assert_eq!(row(51), "longer ✓ [ 100% ] 10 VUs   00m01.0s/1s   4/4 iters");
        assert_eq!(row(40), "longer ✓ [ 100% ] 10 VUs   00m01.0s/1s");
        assert_eq!(row(26), "longer ✓ [ 100% ] 10 VUs");
        assert_eq!(row(16), "longer ✓ 10 VUs");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let mut scenarios = three();
        scenarios.push(scenario(&"name".repeat(30), Status::Running, 0.5, &["5 VUs", "1s/2s"]));
        for phase in [Phase::Initializing, Phase::Setup, Phase::Running, Phase::Teardown] {
            for columns in 1..=200 {
                for line in frame(phase, scenarios.clone(), space(columns, 24)) {
                    // Below this, name and mark alone are too much.
                    let most = columns.max(LEAST_NAME_WIDTH + 2);
                    assert!(line.chars().count() <= most, "{columns}: {line}");
                }
            }
        }
    }

    #[test]
    fn long_names_keep_their_ends_and_leave_room() {
        let long = "a-scenario-with-a-name-that-goes-on-and-on-and-does-not-end";
        let scenarios = vec![scenario(long, Status::Running, 0.5, &["5 VUs", "00m01.0s/2s"])];
        let lines = frame(Phase::Running, scenarios, space(80, 24));
        let bar = bar(0.5, 30);
        assert_eq!(lines[1], format!("a-scenario-wi…does-not-end   {bar} 5 VUs  00m01.0s/2s"));
    }

    #[test]
    fn scenarios_that_do_not_fit_are_counted() {
        let all = (0..30).map(|number| {
            let status = match number {
                0..10 => Status::Done,
                10..25 => Status::Running,
                _ => Status::Waiting,
            };
            scenario(&format!("s{number}"), status, 0.5, &["5 VUs", "1s/2s"])
        });
        let lines = frame(Phase::Running, all.clone().collect(), space(80, 20));
        assert_eq!(lines.len(), 19);
        // Those at work are all there, and the first of those that wait.
        assert!(lines[1].starts_with("s10 ") && lines[15].starts_with("s24 "), "{lines:#?}");
        assert!(lines[17].starts_with("s26 "), "{lines:#?}");
        assert_eq!(lines[18], "… and 13 more: 3 waiting, 10 done");
        assert_eq!(frame(Phase::Running, all.collect(), space(80, 32)).len(), 31);
    }

    #[test]
    fn stages_without_scenarios_are_told() {
        assert_eq!(frame(Phase::Initializing, vec![], None), ["Initialising VUs (3/10)"]);
        assert_eq!(frame(Phase::Setup, vec![], space(80, 24))[1], "setup() is running");
        assert_eq!(frame(Phase::Teardown, three(), space(10, 24))[4], "teardown(…");
    }

    #[test]
    fn the_line_above_has_a_form_for_every_width() {
        let head = |columns| frame(Phase::Running, vec![], space(columns, 24))[0].clone();
        assert!(head(80).ends_with("5 interrupted iterations"));
        assert_eq!(head(50), "running (01m01.0s), 3/10 VUs, 1234 iterations");
        assert_eq!(head(40), "01m01.0s, 3/10 VUs, 1234 iters");
        assert_eq!(head(20), "01m01.0s, 3/10 VUs,…");
    }
}
