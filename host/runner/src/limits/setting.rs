//! Each limit by its name, its flag and its text.

use thiserror::Error;
use wasock_sockets::limits::MAX_MESSAGE_SIZE;

use super::{MAX_MEMORY, VuLimits, bytes, shown_bytes};
use crate::duration;

/// One of [`VuLimits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the field of its name")]
pub enum Setting {
    Memory,
    Cpu,
    Sockets,
    Timers,
    Queue,
    Buffer,
    MessageSize,
    Unfinished,
    Bandwidth,
    Console,
    Requests,
    Bodies,
    Handles,
}

/// A text that is no value of a limit.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{name} is \"{text}\", expected {expected}")]
pub struct LimitError {
    name: String,
    text: String,
    expected: &'static str,
}

/// Texts that stand for no limit.
const NONE: [&str; 2] = ["none", "off"];

const SIZE: &str = "a number of bytes from 1 on, such as 64MiB";
const MEMORY: &str = "a number of bytes up to 4GiB, such as 64MiB";
const MESSAGE: &str = "a number of bytes up to 1GiB, such as 64MiB";
const COUNT: &str = "a whole number from 0 on";

impl Setting {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Memory,
        Self::Cpu,
        Self::Sockets,
        Self::Timers,
        Self::Queue,
        Self::Buffer,
        Self::MessageSize,
        Self::Unfinished,
        Self::Bandwidth,
        Self::Console,
        Self::Requests,
        Self::Bodies,
        Self::Handles,
    ];

    /// Its flag.
    pub fn flag(self) -> &'static str {
        match self {
            Self::Memory => "--vu-memory",
            Self::Cpu => "--vu-cpu",
            Self::Sockets => "--vu-sockets",
            Self::Timers => "--vu-timers",
            Self::Queue => "--vu-queue",
            Self::Buffer => "--vu-buffer",
            Self::MessageSize => "--vu-message-size",
            Self::Unfinished => "--vu-unfinished",
            Self::Bandwidth => "--vu-bandwidth",
            Self::Console => "--vu-console",
            Self::Requests => "--vu-requests",
            Self::Bodies => "--vu-bodies",
            Self::Handles => "--vu-handles",
        }
    }

    /// Its name in the configuration file.
    pub fn key(self) -> &'static str {
        match self {
            Self::Memory => "vuMemory",
            Self::Cpu => "vuCpu",
            Self::Sockets => "vuSockets",
            Self::Timers => "vuTimers",
            Self::Queue => "vuQueue",
            Self::Buffer => "vuBuffer",
            Self::MessageSize => "vuMessageSize",
            Self::Unfinished => "vuUnfinished",
            Self::Bandwidth => "vuBandwidth",
            Self::Console => "vuConsole",
            Self::Requests => "vuRequests",
            Self::Bodies => "vuBodies",
            Self::Handles => "vuHandles",
        }
    }

    /// The value that it has.
    pub fn value(self, limits: &VuLimits) -> String {
        let optional = |value: Option<String>| value.unwrap_or_else(|| NONE[0].to_owned());
        let size = |value: usize| shown_bytes(value as u64);
        match self {
            Self::Memory => size(limits.memory),
            Self::Cpu => optional(limits.cpu.map(duration::format)),
            Self::Sockets => limits.sockets.to_string(),
            Self::Timers => limits.timers.to_string(),
            Self::Queue => size(limits.queue),
            Self::Buffer => shown_bytes(limits.buffer),
            Self::MessageSize => size(limits.message_size),
            Self::Unfinished => shown_bytes(limits.unfinished),
            Self::Bandwidth => {
                optional(limits.bandwidth.map(|rate| format!("{}/s", shown_bytes(rate))))
            }
            Self::Console => optional(limits.console.map(|rate| format!("{rate}/s"))),
            Self::Requests => limits.requests.to_string(),
            Self::Bodies => size(limits.bodies),
            Self::Handles => limits.handles.to_string(),
        }
    }

    /// Sets it. Errors call it `name`.
    ///
    /// # Errors
    ///
    /// The text is no value for it.
    pub fn set(self, limits: &mut VuLimits, text: &str, name: &str) -> Result<(), LimitError> {
        let text = text.trim();
        let wrong =
            |expected| LimitError { name: name.to_owned(), text: text.to_owned(), expected };
        let size = |text: &str| bytes(text).filter(|bytes| *bytes > 0);
        let fits = |bytes: u64| usize::try_from(bytes).ok();
        let length = || size(text).and_then(fits).ok_or_else(|| wrong(SIZE));
        let count = || text.parse().map_err(|_| wrong(COUNT));
        let is_none = NONE.contains(&text);
        let rate = text.strip_suffix("/s").unwrap_or(text).trim_end();
        match self {
            Self::Memory => {
                let memory = size(text).and_then(fits).filter(|bytes| *bytes <= MAX_MEMORY);
                limits.memory = memory.ok_or_else(|| wrong(MEMORY))?;
            }
            Self::Cpu if is_none => limits.cpu = None,
            Self::Cpu => {
                let cpu = duration::parse(text).ok().filter(|time| !time.is_zero());
                limits.cpu = Some(
                    cpu.ok_or_else(|| wrong("a length of time above 0, such as 10s, or none"))?,
                );
            }
            Self::Sockets => limits.sockets = count()?,
            Self::Timers => limits.timers = count()?,
            Self::Queue => limits.queue = length()?,
            Self::Buffer => limits.buffer = size(text).ok_or_else(|| wrong(SIZE))?,
            Self::MessageSize => {
                let longest = size(text).and_then(fits).filter(|size| *size <= MAX_MESSAGE_SIZE);
                limits.message_size = longest.ok_or_else(|| wrong(MESSAGE))?;
            }
            Self::Unfinished => limits.unfinished = size(text).ok_or_else(|| wrong(SIZE))?,
            Self::Bandwidth if is_none => limits.bandwidth = None,
            Self::Bandwidth => {
                limits.bandwidth = Some(size(rate).ok_or_else(|| {
                    wrong("a number of bytes a second from 1 on, such as 1MiB, or none")
                })?);
            }
            Self::Console if is_none => limits.console = None,
            Self::Console => {
                limits.console = Some(
                    rate.parse().map_err(|_| wrong("a whole number of lines a second, or none"))?,
                );
            }
            Self::Requests => limits.requests = count()?,
            Self::Bodies => limits.bodies = length()?,
            Self::Handles => limits.handles = count()?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_is_read_back_as_it_is_written() {
        let mut limits = VuLimits::default();
        for (setting, text) in [
            (Setting::Memory, "64MiB"),
            (Setting::Cpu, "10s"),
            (Setting::Sockets, "10"),
            (Setting::Timers, "0"),
            (Setting::Queue, "64KiB"),
            (Setting::Buffer, "1000B"),
            (Setting::MessageSize, "1MiB"),
            (Setting::Unfinished, "1GiB"),
            (Setting::Bandwidth, "1MiB/s"),
            (Setting::Console, "100/s"),
            (Setting::Requests, "3"),
            (Setting::Bodies, "1GiB"),
            (Setting::Handles, "100"),
            (Setting::Cpu, "none"),
            (Setting::Bandwidth, "none"),
            (Setting::Console, "none"),
        ] {
            setting.set(&mut limits, text, setting.flag()).unwrap();
            assert_eq!(setting.value(&limits), text, "{setting:?}");
        }
    }

    #[test]
    fn what_is_no_limit_is_refused_with_what_to_write() {
        let error = |setting: Setting, text: &str| {
            let mut limits = VuLimits::default();
            let error = setting.set(&mut limits, text, setting.flag()).unwrap_err();
            assert_eq!(limits, VuLimits::default());
            error.to_string()
        };
        assert_eq!(
            error(Setting::Memory, "5GiB"),
            "--vu-memory is \"5GiB\", expected a number of bytes up to 4GiB, such as 64MiB"
        );
        assert_eq!(
            error(Setting::MessageSize, "2GiB"),
            "--vu-message-size is \"2GiB\", expected a number of bytes up to 1GiB, such as 64MiB"
        );
        assert_eq!(
            error(Setting::Cpu, "0s"),
            "--vu-cpu is \"0s\", expected a length of time above 0, such as 10s, or none"
        );
        for setting in Setting::ALL {
            for text in ["", "-1", "x"] {
                assert!(error(setting, text).starts_with(setting.flag()));
            }
        }
    }

    #[test]
    fn flags_and_keys_have_the_same_words() {
        for setting in Setting::ALL {
            let words = setting.flag().trim_start_matches('-').split('-');
            let upper = |word: &str| word[..1].to_uppercase() + &word[1..];
            let camel: String = words.map(upper).collect();
            assert_eq!(setting.key()[..1].to_uppercase() + &setting.key()[1..], camel);
        }
    }
}
