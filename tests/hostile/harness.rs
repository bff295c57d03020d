//! Runs a hostile guest beside users who do as they should, and sees to it that these lose nothing.

use std::fs;
use std::ops::Deref;
use std::path::PathBuf;

use super::guests;
use crate::common::{Outcome, Run};

/// A mebibyte.
pub const MIB: u64 = 1 << 20;

/// The most memory that the process may have had with one hostile guest in it, in bytes: all that a virtual user
/// may have (256 MiB), what a call of it may carry to the host (128 MiB), once as it came and once as it goes on,
/// and the program with its compiler and everybody else (256 MiB).
pub const USUAL_PEAK: u64 = 768 * MIB;

/// What the two good users do in each of their iterations: one session, three checks.
const GOOD_ITERATIONS: usize = 20;

/// A guest, and how it is run.
pub struct Guest {
    name: String,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    peak: u64,
    /// How long a guest that is written in WebAssembly may attack.
    time: &'static str,
}

/// What came of an attack.
pub struct Harm(Outcome);

impl Deref for Harm {
    type Target = Outcome;

    fn deref(&self) -> &Outcome {
        &self.0
    }
}

impl Guest {
    /// The guest `guests/<name>.js` or `guests/<name>.wat`.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            arguments: Vec::new(),
            variables: Vec::new(),
            peak: USUAL_PEAK,
            time: guests::USUAL_TIME,
        }
    }

    /// Further arguments of the command.
    pub fn args<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.arguments.extend(arguments.into_iter().map(str::to_owned));
        self
    }

    /// An environment variable of the command.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A variable in the guest's `__ENV`.
    pub fn env(self, name: &str, value: &str) -> Self {
        self.args(["-e", &format!("{name}={value}")])
    }

    /// How many iterations it begins; one without it.
    pub fn times(self, times: usize) -> Self {
        self.env("TIMES", &times.to_string())
    }

    /// With time to come to its end by itself: on a busy machine, who computes is the last to get a processor.
    pub fn patient(mut self) -> Self {
        self.time = guests::MUCH_TIME;
        self.env("MAX_DURATION", "60s")
    }

    /// The most memory that the process may have had, in bytes, where [`USUAL_PEAK`] is not the right bound.
    pub fn peak(mut self, peak: u64) -> Self {
        self.peak = peak;
        self
    }

    /// Lets it attack. The run must come to a good end, and the good users must have lost nothing.
    #[track_caller]
    pub fn attacks(self) -> Harm {
        let name = self.name.clone();
        let harm = self.run().exits(0);
        assert_eq!(harm.of("good", "iterations"), [1.0; GOOD_ITERATIONS], "{name}");
        assert_eq!(harm.of("good", "checks"), [1.0; 3 * GOOD_ITERATIONS], "{name}");
        assert_eq!(harm.of("good", "ws_sessions"), [1.0; GOOD_ITERATIONS], "{name}");
        harm
    }

    /// Runs a guest that no run can begin with. Returns why.
    #[track_caller]
    pub fn refusal(self, code: i32) -> String {
        let harm = self.run().exits(code);
        let lines = harm.stderr.lines().skip_while(|line| !line.starts_with("error: "));
        let text = lines.collect::<Vec<_>>().join("\n");
        let error =
            text.strip_prefix("error: ").unwrap_or_else(|| panic!("no error: {}", harm.stderr));
        // The folder of the run is another each time.
        error.strip_prefix(&*format!("{}/", harm.path("").display())).unwrap_or(error).to_owned()
    }

    /// Runs it in whatever company. It must not break the program, nor take more memory than it may.
    #[track_caller]
    pub fn run(self) -> Harm {
        let (mut run, peak) = (self.prepared(), self.peak);
        for (name, value) in &self.variables {
            run = run.variable(name, value);
        }
        let (outcome, used) = run.args(self.arguments.iter().map(String::as_str)).measured();
        assert!(!outcome.stderr.contains("panicked at"), "{}: {}", self.name, outcome.stderr);
        let used = used / MIB;
        assert!(used <= peak / MIB, "{}: {used} MiB of {} MiB", self.name, peak / MIB);
        Harm(outcome)
    }

    fn prepared(&self) -> Run {
        if guests::is_wasm(&self.name) {
            return component(&guests::component(&self.name, self.time));
        }
        if self.name.starts_with("compile/") {
            return Run::script(&written_out(&self.name));
        }
        let beside = guests::root().join("tests/hostile/beside.js");
        Run::path(beside).served().args(["-e", &format!("GUEST={}", self.name)])
    }
}

/// A run of a component.
pub fn component(wasm: &[u8]) -> Run {
    let run = Run::path("guest.wasm").served();
    fs::write(run.folder().join("guest.wasm"), wasm).expect("the file can be written");
    run
}

impl Harm {
    /// As [`Outcome::exits`].
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        Self(self.0.exits(code))
    }

    /// The values of the samples that a scenario has made.
    pub fn of(&self, scenario: &str, metric: &str) -> Vec<f64> {
        let samples = self.samples(metric).into_iter();
        let own =
            samples.filter(|point| point.tags.get("scenario").is_some_and(|it| it == scenario));
        own.map(|point| point.value).collect()
    }

    /// How many iterations the guest finished.
    pub fn finished(&self) -> usize {
        self.of("bad", "iterations").len()
    }

    /// The first lines of the errors that were logged.
    pub fn errors(&self) -> Vec<String> {
        let first = |text: String| text.lines().next().unwrap_or_default().to_owned();
        self.logged("error").into_iter().map(first).collect()
    }
}

/// Attacks once, and catches what comes of it: these are the lines that it writes.
#[track_caller]
pub fn caught(guest: &str, lines: &[&str]) {
    let harm = Guest::new(guest).patient().attacks();
    assert_eq!(harm.console(), lines, "{guest}");
    assert_eq!(harm.logged("error"), [""; 0], "{guest}");
    assert_eq!(harm.finished(), 1, "{guest}");
}

/// Breaks down each time that it attacks, and is replaced.
#[track_caller]
pub fn replaced(guest: &str, times: usize, text: &str) {
    let harm = Guest::new(guest).patient().attacks();
    let expected = format!("the virtual user was stopped and is replaced: {text}");
    assert_eq!(harm.errors(), vec![expected; times], "{guest}");
    assert_eq!(harm.finished(), 0, "{guest}");
    let end = format!("20 complete and {times} interrupted iterations");
    assert!(harm.stdout.contains(&end), "{guest}: {}", harm.stdout);
}

/// Attacks until it is interrupted.
#[track_caller]
pub fn interrupted(guest: &str) {
    let harm = Guest::new(guest).attacks();
    assert_eq!(harm.logged("error"), [""; 0], "{guest}");
    assert_eq!(harm.finished(), 0, "{guest}");
    let end = "20 complete and 1 interrupted iterations";
    assert!(harm.stdout.contains(end), "{guest}: {}", harm.stdout);
}

/// The script of a guest whose repetitions are in comments: `/*×3*/x/*×*/` is `xxx`, with its number for each `#`.
fn written_out(name: &str) -> String {
    let path: PathBuf = guests::folder().join(format!("{name}.js"));
    let text = fs::read_to_string(path).expect("the guest is there");
    let mut parts = text.split("/*×");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (times, rest) = part.split_once("*/").expect("a comment ends");
        match times.parse() {
            Ok(times) => (0..times).for_each(|number: usize| match rest.contains('#') {
                true => whole += &rest.replace('#', &number.to_string()),
                false => whole += rest,
            }),
            Err(_) => whole += rest,
        }
    }
    whole
}
