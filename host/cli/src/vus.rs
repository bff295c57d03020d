//! How many virtual users a test may have: as many as its operator lets it have, and as many as there is memory for.

use std::fs;

use serde_json::{Map, Value};
use wasock_runner::exit_code::ExitCode;
use wasock_runner::limits::shown_bytes;
use wasock_runner::run::Plan;

use crate::failure::Failure;
use crate::options::wrong;

/// The name of the limit in the configuration file.
pub const MAX_VUS: &str = "maxVus";

/// What a virtual user takes at least, in bytes: half of what one of a trivial script has with a socket
/// (docs/performance.md), so that whoever comes beyond that cannot be right.
const LEAST_PER_VU: u64 = 48 << 10;

/// The limit of the flag, or else of the configuration file.
///
/// # Errors
///
/// What stands there is no number of virtual users.
pub fn limit(flag: Option<u32>, config: &Map<String, Value>) -> Result<Option<u32>, Failure> {
    let number = match (flag, config.get(MAX_VUS)) {
        (Some(number), _) => return Ok(Some(number)),
        (None, None | Some(Value::Null)) => return Ok(None),
        (None, Some(number)) => number,
    };
    let read = number.as_u64().and_then(|number| u32::try_from(number).ok());
    read.map(Some).ok_or_else(|| {
        wrong(format!(
            "sandbox.{MAX_VUS} in the configuration file is {number}, expected a whole number"
        ))
    })
}

/// There are not too many in a test.
///
/// # Errors
///
/// It may need more than the operator lets it have; or more than fit into the memory, and nobody has said that it is to
/// have so many processes.
pub fn check(plan: &Plan, limit: Option<u32>, processes_are_named: bool) -> Result<(), Failure> {
    if let Some(most) = limit.filter(|most| plan.vus > *most) {
        let message =
            format!("the test may need {} virtual users, and {most} is the most here", plan.vus);
        let hint = format!(
            "its options have to ask for fewer (--vus, maxVUs), or --max-vus {} lets it have them",
            plan.vus
        );
        return Err(Failure::new(ExitCode::InvalidConfig, message).with_hint(Some(hint)));
    }
    if plan.processes == 1 || processes_are_named {
        return Ok(());
    }
    match available_memory() {
        Some(memory) => fits(plan.vus, plan.processes, memory),
        None => Ok(()),
    }
}

fn fits(vus: u32, processes: u32, memory: u64) -> Result<(), Failure> {
    let needed = u64::from(vus) * LEAST_PER_VU;
    if needed <= memory {
        return Ok(());
    }
    let mebibytes = |bytes: u64| shown_bytes(bytes >> 20 << 20);
    let message = format!(
        "the test may need {vus} virtual users, which take {} and more, and there are {}",
        mebibytes(needed),
        mebibytes(memory)
    );
    let hint = format!(
        "use fewer (--vus, maxVUs) or several machines (--execution-segment); --processes {processes} runs it \
         nevertheless"
    );
    Err(Failure::new(ExitCode::InvalidConfig, message).with_hint(Some(hint)))
}

/// How much memory there is for this program, in bytes: what the machine has left, and the container. None where the
/// system does not say.
fn available_memory() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| left(&text));
    let number = |name: &str| {
        let text = fs::read_to_string(format!("/sys/fs/cgroup/memory.{name}")).ok()?;
        text.trim().parse::<u64>().ok()
    };
    let container = number("max").zip(number("current"));
    let container = container.map(|(most, used)| most.saturating_sub(used));
    machine.into_iter().chain(container).min()
}

/// What `/proc/meminfo` says is available, in bytes.
fn left(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn configured(value: &Value) -> Result<Option<u32>, String> {
        let config = [(MAX_VUS.to_owned(), value.clone())].into_iter().collect();
        limit(None, &config).map_err(|failure| failure.report(false))
    }

    #[test]
    fn the_limit_is_a_number_of_the_flag_or_of_the_file() {
        assert_eq!(configured(&json!(5)), Ok(Some(5)));
        assert_eq!(configured(&Value::Null), Ok(None));
        let error = configured(&json!("many")).unwrap_err();
        assert!(error.contains("sandbox.maxVus in the configuration file is \"many\""), "{error}");
        let config = [(MAX_VUS.to_owned(), json!(5))].into_iter().collect();
        assert_eq!(limit(Some(0), &config).unwrap(), Some(0));
    }

    #[test]
    fn users_that_fit_into_no_memory_are_refused() {
        assert!(fits(30_000, 3, 4 << 30).is_ok());
        let error = fits(1_000_000, 95, 4 << 30).unwrap_err().report(false);
        assert_eq!(
            error,
            "error: the test may need 1000000 virtual users, which take 46875MiB and more, and there are 4GiB\n\
             hint: use fewer (--vus, maxVUs) or several machines (--execution-segment); --processes 95 runs it \
             nevertheless\n"
        );
    }

    #[test]
    fn what_is_available_is_read() {
        assert_eq!(left("MemTotal:  8 kB\nMemAvailable:     1024 kB\n"), Some(1 << 20));
        assert_eq!(left("MemTotal:  8 kB\n"), None);
    }
}
