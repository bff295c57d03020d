//! A test that several processes run together: one has the whole, the others a part each.
//!
//! ```text
//! the whole: options, setup, thresholds,  ── Begin, Stop ──►  a part: its virtual users
//! sums, outputs, summary, teardown        ◄── samples, lines,  (as many as there are processes)
//!                                             standing ──
//! ```
//!
//! The parts are those of execution segments, so that each knows alone which users and iterations are its own. A process
//! gets what it needs by its standard input, and tells by its standard output:
//!
//! - `message`: what they say to each other
//! - `batch`: samples on their way
//! - `silence`: who says nothing any more
//! - `standing`: how far a part is, and how all of them are together
//! - `whole`: starts the parts and lets them work
//! - `part`: is one of them
//!
//! A part whose pipe is full waits, and so do its users: nothing that is measured is lost. One that breaks down, or
//! stands still, costs its own users, and the run goes on.

mod batch;
mod message;
mod part;
mod silence;
mod standing;
pub(crate) mod whole;

use std::num::NonZero;

pub use message::{Failure, Greeting};
pub use part::{Orders, Part};
pub use whole::Processes;

/// The most processes of a run: as many as a large machine has processors.
pub const MAX_PROCESSES: u32 = 256;

/// How a test is spread over processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spread {
    /// This process runs it.
    #[default]
    Here,
    /// Others run it for this one.
    Over {
        /// How many; if that is not said, as many as are needed, which may be this one alone.
        processes: Option<NonZero<u32>>,
        /// How many virtual users one of them has room for.
        room: u32,
        /// The most of them if it is not said how many, for what this process needs for each.
        most: u32,
    },
    /// This is one of the others.
    Part(PartNumber),
}

/// Which of the processes of a run one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartNumber {
    /// Its number, from 0.
    pub index: u32,
    /// How many there are.
    pub of: NonZero<u32>,
}

impl Spread {
    /// How many processes run `vus` virtual users.
    pub(crate) fn processes(self, vus: u64) -> u32 {
        match self {
            Self::Here | Self::Part(_) => 1,
            Self::Over { processes: Some(processes), .. } => processes.get(),
            Self::Over { processes: None, room, most } => {
                let needed = vus.div_ceil(u64::from(room.max(1)));
                u32::try_from(needed).unwrap_or(u32::MAX).clamp(1, most.max(1))
            }
        }
    }
}

impl std::fmt::Display for PartNumber {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.index + 1, self.of)
    }
}

impl std::str::FromStr for PartNumber {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse::<NonZero<u32>>().ok();
        let numbers = text.split_once('/').and_then(|(one, of)| Some((number(one)?, number(of)?)));
        match numbers {
            Some((one, of)) if one <= of => Ok(Self { index: one.get() - 1, of }),
            _ => Err("expected the number of a process and how many there are: 1/3".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_processes_as_are_needed() {
        let over = |processes: u32, room| {
            Spread::Over { processes: NonZero::new(processes), room, most: 40 }.processes(30_000)
        };
        assert_eq!(over(0, 30_000), 1);
        assert_eq!(over(0, 10_588), 3);
        assert_eq!(over(0, 0), 40, "no more than the first has room for");
        assert_eq!(over(7, 10_588), 7);
        assert_eq!(Spread::Over { processes: None, room: 5, most: 0 }.processes(0), 1);
        assert_eq!(Spread::Here.processes(30_000), 1);
    }

    #[test]
    fn numbers_of_parts_are_read_as_they_are_written() {
        let part = |text: &str| text.parse::<PartNumber>().map(|part| part.to_string());
        assert_eq!(part("2/3"), Ok("2/3".to_owned()));
        for wrong in ["", "1", "0/3", "4/3", "1/0", "a/b"] {
            assert!(part(wrong).is_err(), "{wrong}");
        }
    }
}
