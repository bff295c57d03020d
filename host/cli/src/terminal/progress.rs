//! How a run goes: lines that are redrawn on a terminal, and repeated elsewhere.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use wasock_runner::context::RunContext;
use wasock_runner::executors::progress::{Status, View, clock};
use wasock_runner::run::{Phase, Progress, ProgressView};

use super::Screen;

/// How often a terminal is redrawn.
const TERMINAL_PERIOD: Duration = Duration::from_millis(100);

/// How often the lines are repeated where there is no terminal.
const LINES_PERIOD: Duration = Duration::from_secs(1);

/// How long virtual users may take to be made before it is told.
const PATIENCE: Duration = Duration::from_secs(1);

/// How many characters a bar has between its brackets.
const BAR_WIDTH: usize = 40;

/// What is shown.
#[derive(Clone)]
pub struct Watched {
    /// The stages and scenarios.
    pub progress: Arc<Progress>,
    /// The counters.
    pub run: Arc<RunContext>,
    /// How many virtual users are made before the run.
    pub vus: u32,
}

/// Shows how a run goes, on a thread of its own, so that it goes on however busy the others are.
pub struct Display {
    watched: Watched,
    screen: Arc<Screen>,
    thread: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

impl Display {
    /// Shows how the run goes until [`finish`](Self::finish).
    pub fn start(watched: Watched, screen: Arc<Screen>) -> Self {
        let (finish, finished) = mpsc::channel();
        let (run, shown) = (watched.clone(), screen.clone());
        let thread = thread::Builder::new()
            .name("wasock-progress".to_owned())
            .spawn(move || show(&run, &shown, &finished));
        // Without a thread to spare the run still goes on, unseen.
        let thread = thread.ok().map(|thread| (finish, thread));
        Self { watched, screen, thread }
    }

    /// Ends the show, and returns how the run went in the end, after this time.
    pub fn finish(mut self, elapsed: Duration) -> String {
        if let Some((finish, thread)) = self.thread.take() {
            drop(finish);
            // A thread that panicked has said so, and has nothing left to draw.
            let _ = thread.join();
        }
        format!("\n{}\n", lines(&self.watched, elapsed, &self.screen).join("\n"))
    }
}

fn show(watched: &Watched, screen: &Screen, finished: &mpsc::Receiver<()>) {
    let started = Instant::now();
    let period = if screen.stdout_is_terminal { TERMINAL_PERIOD } else { LINES_PERIOD };
    // All lines are one message, so that a moment is drawn at once.
    let style = ProgressStyle::with_template("{msg}").expect("the template is well-formed");
    let area = screen.bars.add(ProgressBar::no_length().with_style(style));
    while finished.recv_timeout(period) == Err(RecvTimeoutError::Timeout) {
        let phase = watched.progress.phase();
        // What waits for somebody outside does not change, and may wait for hours.
        let is_still = matches!(phase, Phase::Paused | Phase::Lingering);
        if phase == Phase::Initializing && started.elapsed() < PATIENCE
            || is_still && !screen.stdout_is_terminal
        {
            continue;
        }
        let lines = lines(watched, watched.run.elapsed(), screen).join("\n");
        if screen.stdout_is_terminal {
            area.set_message(lines);
        } else {
            screen.out(lines + "\n\n");
        }
    }
    area.finish_and_clear();
}

fn lines(watched: &Watched, elapsed: Duration, screen: &Screen) -> Vec<String> {
    let view = watched.progress.view();
    let counters = &watched.run.counters;
    let running = format!(
        "running ({}), {}/{} VUs, {} complete and {} interrupted iterations",
        clock(elapsed),
        counters.active(),
        counters.initialized(),
        counters.completed(),
        counters.interrupted(),
    );
    compose(&view, watched.vus, running, screen.stdout_is_terminal, screen.stdout_colours)
}

/// The lines for one moment.
fn compose(
    view: &ProgressView,
    vus: u32,
    running: String,
    bars: bool,
    colours: bool,
) -> Vec<String> {
    let mut lines = match view.phase {
        Phase::Initializing => vec![format!("Initialising VUs ({}/{vus})", view.made)],
        _ => vec![running],
    };
    let names = view.scenarios.iter().map(|scenario| scenario.name.chars().count());
    let width = names.max().unwrap_or(0);
    let columns = column_widths(&view.scenarios);
    for scenario in &view.scenarios {
        lines.push(scenario_line(scenario, width, &columns, bars, colours));
    }
    match view.phase {
        Phase::Setup => lines.push("setup() is running".to_owned()),
        Phase::Teardown => lines.push("teardown() is running".to_owned()),
        Phase::Paused => lines.push("paused".to_owned()),
        Phase::Lingering => lines.push("done, and lingering".to_owned()),
        Phase::Initializing | Phase::Running | Phase::Done => {}
    }
    lines
}

fn column_widths(scenarios: &[View]) -> Vec<usize> {
    let mut widths = Vec::new();
    // A scenario that waits has one column, a sentence, which must not push the others' aside.
    for scenario in scenarios.iter().filter(|scenario| scenario.columns.len() > 1) {
        for (index, column) in scenario.columns.iter().enumerate() {
            let width = column.chars().count();
            match widths.get_mut(index) {
                Some(widest) => *widest = width.max(*widest),
                None => widths.push(width),
            }
        }
    }
    widths
}

fn scenario_line(
    scenario: &View,
    name_width: usize,
    columns: &[usize],
    bars: bool,
    colours: bool,
) -> String {
    let (mark, colour) = match scenario.status {
        Status::Running => (' ', None),
        Status::Waiting => ('•', None),
        Status::Stopping => ('↓', Some(AnsiColor::Yellow)),
        Status::Interrupted => ('✗', Some(AnsiColor::Red)),
        Status::Done => ('✓', Some(AnsiColor::Green)),
    };
    let style = colour.filter(|_| colours).map_or(Style::new(), AnsiColor::on_default);
    let progress = if bars { bar(scenario.fraction) } else { percentage(scenario.fraction) };
    let name = &scenario.name;
    let mut line = format!("{name:<name_width$} {style}{mark}{style:#} {progress}");
    for (index, column) in scenario.columns.iter().enumerate() {
        let width = columns.get(index).copied().unwrap_or(0);
        let gap = if index == 0 { " " } else { "  " };
        line.push_str(&format!("{gap}{column:<width$}"));
    }
    line.truncate(line.trim_end().len());
    line
}

/// `[=====>-----]`
fn bar(fraction: f64) -> String {
    // Fractions lie from 0 to 1, so the product fits.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to BAR_WIDTH")]
    let done = (fraction.clamp(0.0, 1.0) * BAR_WIDTH as f64) as usize;
    let (head, rest) = match done {
        BAR_WIDTH => ("", 0),
        done => (">", BAR_WIDTH - done - 1),
    };
    format!("[{}{head}{}]", "=".repeat(done), "-".repeat(rest))
}

/// `[  50% ]`
fn percentage(fraction: f64) -> String {
    format!("[ {:>3.0}% ]", (fraction.clamp(0.0, 1.0) * 100.0).floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(name: &str, status: Status, fraction: f64, columns: &[&str]) -> View {
        let columns = columns.iter().map(|&column| column.to_owned()).collect();
        View { name: name.to_owned(), status, fraction, columns }
    }

    fn compose_plain(phase: Phase, scenarios: Vec<View>) -> Vec<String> {
        let view = ProgressView { phase, made: 3, scenarios };
        compose(&view, 10, "running (00m01.0s)".to_owned(), false, false)
    }

    #[test]
    fn bars_have_a_head_until_they_are_full() {
        assert_eq!(bar(0.0), format!("[>{}]", "-".repeat(39)));
        assert_eq!(bar(0.5), format!("[{}>{}]", "=".repeat(20), "-".repeat(19)));
        assert_eq!(bar(1.0), format!("[{}]", "=".repeat(40)));
        assert_eq!(percentage(0.999), "[  99% ]");
        assert_eq!(percentage(1.0), "[ 100% ]");
    }

    #[test]
    fn scenarios_stand_below_each_other_in_columns() {
        let lines = compose_plain(
            Phase::Running,
            vec![
                scenario("a", Status::Running, 0.1, &["1/2 VUs", "00m01.0s/10s"]),
                scenario("longer", Status::Done, 1.0, &["10 VUs", "00m01.0s/1s", "4/4 iters"]),
                scenario("late", Status::Waiting, 0.0, &["starts in 10m30.5s"]),
            ],
        );
        let expected = [
            "running (00m01.0s)",
            "a        [  10% ] 1/2 VUs  00m01.0s/10s",
            "longer ✓ [ 100% ] 10 VUs   00m01.0s/1s   4/4 iters",
            "late   • [   0% ] starts in 10m30.5s",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn stages_without_scenarios_are_told() {
        assert_eq!(compose_plain(Phase::Initializing, vec![]), ["Initialising VUs (3/10)"]);
        assert_eq!(compose_plain(Phase::Setup, vec![])[1], "setup() is running");
    }
}
