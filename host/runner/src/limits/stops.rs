//! What was stopped in a run, and by what.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::Setting;

/// What something was stopped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stopped {
    /// A connection to what is not granted, or is denied.
    Network,
    /// More memory.
    Memory,
    /// An iteration that computed for too long.
    Cpu,
    /// A virtual user that broke down: a trap.
    Trap,
    /// See [`Setting::Sockets`].
    Sockets,
    /// See [`Setting::Timers`].
    Timers,
    /// Too many event queues.
    Queues,
    /// Too many events that are not taken.
    Events,
    /// See [`Setting::Buffer`].
    Buffer,
    /// See [`Setting::MessageSize`].
    MessageSize,
    /// See [`Setting::Unfinished`].
    Unfinished,
    /// See [`Setting::Bandwidth`].
    Bandwidth,
    /// See [`Setting::Console`].
    Console,
    /// See [`Setting::Requests`].
    Requests,
    /// See [`Setting::Bodies`].
    Bodies,
    /// See [`Setting::Handles`].
    Handles,
    /// Tags that were too many or too long.
    Tags,
    /// A file that is not granted, or holds too much.
    Files,
    /// A file of `handleSummary` that is not granted.
    Writes,
    /// A body of HTTP that was too long.
    BodySize,
    /// Too many cookies in a jar.
    Cookies,
    /// Too many shared arrays, or too much in them.
    SharedArrays,
    /// Too many metrics.
    Metrics,
    /// Too many names of checks.
    Checks,
    /// Too many groups.
    Groups,
    /// Too much for the full summary.
    Details,
}

impl Stopped {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 26] = [
        Self::Network,
        Self::Memory,
        Self::Cpu,
        Self::Trap,
        Self::Sockets,
        Self::Requests,
        Self::Bodies,
        Self::MessageSize,
        Self::Unfinished,
        Self::Buffer,
        Self::Bandwidth,
        Self::Console,
        Self::Timers,
        Self::Queues,
        Self::Events,
        Self::Handles,
        Self::Tags,
        Self::Files,
        Self::Writes,
        Self::BodySize,
        Self::Cookies,
        Self::SharedArrays,
        Self::Metrics,
        Self::Checks,
        Self::Groups,
        Self::Details,
    ];

    /// Its name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Memory => "memory",
            Self::Cpu => "cpu",
            Self::Trap => "trap",
            Self::Sockets => "sockets",
            Self::Timers => "timers",
            Self::Queues => "queues",
            Self::Events => "events",
            Self::Buffer => "buffer",
            Self::MessageSize => "message_size",
            Self::Unfinished => "unfinished",
            Self::Bandwidth => "bandwidth",
            Self::Console => "console",
            Self::Requests => "requests",
            Self::Bodies => "bodies",
            Self::Handles => "handles",
            Self::Tags => "tags",
            Self::Files => "files",
            Self::Writes => "writes",
            Self::BodySize => "body_size",
            Self::Cookies => "cookies",
            Self::SharedArrays => "shared_arrays",
            Self::Metrics => "metrics",
            Self::Checks => "checks",
            Self::Groups => "groups",
            Self::Details => "details",
        }
    }

    /// What happened, so and so often, for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Network => "connections refused, since they are not granted or are denied",
            Self::Memory => "stages that ran out of memory",
            Self::Cpu => "stages ended, since they computed for too long without waiting",
            Self::Trap => "virtual users broke down and were replaced",
            Self::Sockets => "connections refused, since the user had too many",
            Self::Timers => "timers refused, since the user had too many",
            Self::Queues => "event queues refused, since the user had too many",
            Self::Events => "sockets, timers or requests refused, since their events are not taken",
            Self::Buffer => "frames refused, since too much waits to be sent",
            Self::MessageSize => "connections ended, since a message was too long",
            Self::Unfinished => {
                "connections ended, since the user held too much of incomplete messages"
            }
            Self::Bandwidth => "transfers made to wait",
            Self::Console => "lines of the console left out",
            Self::Requests => "HTTP requests refused, since the user had too many",
            Self::Bodies => "HTTP requests failed, since they held too much",
            Self::Handles => "virtual users ended, since they had too many handles",
            Self::Tags => "tags left out or cut, since they were too many or too long",
            Self::Files => "files not opened, since they are not granted or hold too much",
            Self::Writes => "files not written, since they are not granted",
            Self::BodySize => "HTTP requests failed, since a body was too long",
            Self::Cookies => "cookies refused, since the jar had too many",
            Self::SharedArrays => {
                "shared arrays refused, since there were too many or they held too much"
            }
            Self::Metrics => "metrics refused, since there were too many",
            Self::Checks => "checks counted together, since there were too many names",
            Self::Groups => {
                "samples counted for the group around theirs, since there were too many groups"
            }
            Self::Details => {
                "samples counted in the totals alone, since there were too many groups and metrics"
            }
        }
    }

    /// The limit, if there is one that can be set.
    pub fn setting(self) -> Option<Setting> {
        Some(match self {
            Self::Memory => Setting::Memory,
            Self::Cpu => Setting::Cpu,
            Self::Sockets => Setting::Sockets,
            Self::Timers => Setting::Timers,
            Self::Buffer => Setting::Buffer,
            Self::MessageSize => Setting::MessageSize,
            Self::Unfinished => Setting::Unfinished,
            Self::Bandwidth => Setting::Bandwidth,
            Self::Console => Setting::Console,
            Self::Requests => Setting::Requests,
            Self::Bodies => Setting::Bodies,
            Self::Handles => Setting::Handles,
            _ => return None,
        })
    }

    /// The flag that lets it pass, if there is one.
    pub fn flag(self) -> Option<&'static str> {
        match self {
            Self::Network => Some("--allow-net"),
            Self::Files => Some("--allow-read"),
            Self::Writes => Some("--allow-write"),
            other => other.setting().map(Setting::flag),
        }
    }
}

/// How often something was stopped by something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// By what.
    pub by: Stopped,
    /// How often.
    pub count: u64,
}

impl Stop {
    /// A sentence about it.
    pub fn text(&self) -> String {
        let flag = self.by.flag().map(|flag| format!(" ({flag})")).unwrap_or_default();
        format!("{}: {}{flag}", self.by.meaning(), self.count)
    }

    /// It for programs.
    pub fn to_json(&self) -> Value {
        json!({ "by": self.by.name(), "count": self.count, "flag": self.by.flag() })
    }
}

/// Counts what is stopped in a run.
#[derive(Debug)]
pub struct Stops([AtomicU64; Stopped::ALL.len()]);

impl Default for Stops {
    fn default() -> Self {
        Self(Stopped::ALL.map(|_| AtomicU64::new(0)))
    }
}

impl Stops {
    /// Something was stopped.
    pub fn count(&self, by: Stopped) {
        self.count_many(by, 1);
    }

    /// It was stopped so many times.
    pub(crate) fn count_many(&self, by: Stopped, times: u64) {
        self.0[by as usize].fetch_add(times, Ordering::Relaxed);
    }

    /// More was stopped, counted as by [`each`](Self::each).
    pub(crate) fn add(&self, counts: &[u64]) {
        for (own, more) in self.0.iter().zip(counts) {
            own.fetch_add(*more, Ordering::Relaxed);
        }
    }

    /// How often each was stopped, by its number.
    pub(crate) fn each(&self) -> Vec<u64> {
        self.0.iter().map(|count| count.load(Ordering::Relaxed)).collect()
    }

    /// What was stopped, each with how often that was.
    pub fn all(&self) -> Vec<Stop> {
        let stop = |by: Stopped| Stop { by, count: self.0[by as usize].load(Ordering::Relaxed) };
        Stopped::ALL.into_iter().map(stop).filter(|stop| stop.count > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_has_all_names() {
        let schema = include_str!("../../../../docs/schemas/summary.schema.json");
        for by in Stopped::ALL {
            assert!(schema.contains(&format!("\"{}\"", by.name())), "{by:?}");
        }
    }

    #[test]
    fn what_was_stopped_is_counted_by_what_did_it() {
        let stops = Stops::default();
        assert_eq!(stops.all(), []);
        for by in [Stopped::Console, Stopped::Network, Stopped::Console] {
            stops.count(by);
        }
        let texts: Vec<_> = stops.all().iter().map(Stop::text).collect();
        assert_eq!(
            texts,
            [
                "connections refused, since they are not granted or are denied: 1 (--allow-net)",
                "lines of the console left out: 2 (--vu-console)",
            ]
        );
        let expected = json!({ "by": "console", "count": 2, "flag": "--vu-console" });
        assert_eq!(stops.all()[1].to_json(), expected);
    }

    #[test]
    fn each_has_a_place_and_a_name_of_its_own() {
        let mut names: Vec<_> = Stopped::ALL.iter().map(|by| by.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Stopped::ALL.len());
        let mut places: Vec<_> = Stopped::ALL.iter().map(|by| *by as usize).collect();
        places.sort_unstable();
        assert!(places.into_iter().eq(0..Stopped::ALL.len()));
    }
}
