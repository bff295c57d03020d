//! What stood out in a run, and what can be done about it.

use anstyle::{AnsiColor, Style};
use wasock_runner::attempts::Failed;
use wasock_runner::context::RunContext;
use wasock_script::shown::one_line;

/// From which share of all attempts on failures are worth a hint: below it, most of the test went well,
/// and the metrics say the rest.
const NOTABLE_SHARE: f64 = 0.5;

/// The values of the tag `error_code` for what this machine has run out of.
const NO_DESCRIPTORS: u16 = 1213;
const NO_PORTS: u16 = 1214;

/// What stood out in a run.
#[derive(Debug, Default)]
pub struct Findings {
    attempts: u64,
    /// Why attempts failed, the most common reason first.
    failures: Vec<Failed>,
    completed: u64,
    interrupted: u64,
    /// Whether the run was ended before its time.
    stopped: bool,
}

impl Findings {
    /// What stands out in this run.
    pub fn of(run: &RunContext) -> Self {
        Self {
            attempts: run.attempts.all(),
            failures: run.attempts.failures(),
            completed: run.counters.completed(),
            interrupted: run.counters.interrupted(),
            stopped: run.stop.reason().is_some(),
        }
    }

    /// Lines with what stands out, with a blank one before them; empty if nothing does.
    pub fn text(&self, colours: bool) -> String {
        let style = match colours {
            true => AnsiColor::Yellow.on_default().bold(),
            false => Style::new(),
        };
        let lines = [self.failures(), self.interruptions()];
        let lines = lines.into_iter().flatten().chain(self.shortages());
        let text: String = lines.map(|line| format!("{style}hint:{style:#} {line}\n")).collect();
        if text.is_empty() { text } else { format!("\n{text}") }
    }

    fn failures(&self) -> Option<String> {
        let failed: u64 = self.failures.iter().map(|failed| failed.count).sum();
        let most = self.failures.first()?;
        if (failed as f64) < self.attempts as f64 * NOTABLE_SHARE {
            return None;
        }
        let Failed { code, error, count } = most;
        let who = match (failed == self.attempts, self.attempts) {
            (true, 1) => "the connection".to_owned(),
            (true, all) => format!("all {all} connections"),
            (false, all) => format!("{failed} of {all} connections"),
        };
        let error = one_line(error);
        let same = if *count == failed { String::new() } else { format!(" in {count} cases") };
        let advice = advice(*code).map(|advice| format!("; {advice}")).unwrap_or_default();
        Some(format!("{who} failed: {error}{same} (error_code {code}){advice}"))
    }

    /// What this machine has run out of is no fault of the server's, however rarely it happened.
    fn shortages(&self) -> Vec<String> {
        let told = self.failures().is_some().then(|| self.failures.first().map(|first| first.code));
        let ours = self.failures.iter().filter(|failed| {
            matches!(failed.code, NO_DESCRIPTORS | NO_PORTS) && told != Some(Some(failed.code))
        });
        let all = self.attempts;
        let line = |Failed { code, error, count }: &Failed| {
            let advice = advice(*code).unwrap_or_default();
            format!("{count} of {all} connections failed: {error} (error_code {code}); {advice}")
        };
        ours.map(line).collect()
    }

    fn interruptions(&self) -> Option<String> {
        let none_ended = self.completed == 0 && self.interrupted > 0 && !self.stopped;
        none_ended.then(|| {
            "no iteration finished before its time was up; close connections earlier \
             (socket.setTimeout), or give the scenario a longer duration or gracefulStop"
                .to_owned()
        })
    }
}

/// What to try, by the value of the tag `error_code`.
fn advice(code: u16) -> Option<&'static str> {
    Some(match code {
        1020 => "check the URL, which begins with ws:// or wss://, and the params",
        1050 => "the server does not answer; a firewall may drop what is sent to it",
        1101 => "check the host name in the URL; the option hosts maps names to addresses",
        1110 => {
            "the options blacklistIPs and blockHostnames, or --allow-net and --deny-net, forbid it"
        }
        1200 => "a server that ends connections in the handshake may want wss:// instead of ws://",
        1210 => "this machine has no route to that address",
        1212 => {
            "is the server running, on that port? --serve runs the script against a test server"
        }
        NO_DESCRIPTORS => {
            "let the process have more file descriptors (ulimit -n), or use several (--processes)"
        }
        NO_PORTS => {
            "connect from several addresses (--local-ips), or to several ports of the server"
        }
        1220 => "a server that resets connections may be at its limit",
        1300 => "a server without TLS is reached by ws:// instead of wss://",
        1310 => "--ca-cert FILE trusts its authority, --insecure-skip-tls-verify any",
        1311 => {
            "the name in the URL must be in the certificate; --insecure-skip-tls-verify takes any"
        }
        1401 | 1403 => {
            "the server wants credentials: headers in the params of the connection, or cookies"
        }
        1404 => "check the path in the URL",
        1426 | 1600 => "the server answers there with plain HTTP, not WebSocket; check the URL",
        1429 | 1503 => {
            "the server refuses further load; try fewer users or a slower ramp to find its limit"
        }
        1502 | 1504 => "a proxy in front of the server cannot reach it",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(code: u16, error: &'static str, count: u64) -> Failed {
        Failed { code, error: error.into(), count }
    }

    #[test]
    fn failures_are_told_if_most_attempts_failed() {
        let text =
            |attempts, failures| Findings { attempts, failures, ..Findings::default() }.text(false);
        assert_eq!(text(0, vec![]), "");
        assert_eq!(text(10, vec![failed(1050, "timeout", 4)]), "");
        assert_eq!(
            text(4, vec![failed(1212, "connection refused", 4)]),
            "\nhint: all 4 connections failed: connection refused (error_code 1212); is the server running, \
             on that port? --serve runs the script against a test server\n"
        );
        assert_eq!(
            text(10, vec![failed(1418, "refused by the server", 6), failed(1050, "timeout", 1)]),
            "\nhint: 7 of 10 connections failed: refused by the server in 6 cases (error_code 1418)\n"
        );
        let one = text(1, vec![failed(1101, "no such host", 1)]);
        assert!(one.starts_with("\nhint: the connection failed: no such host"), "{one}");
    }

    #[test]
    fn what_this_machine_lacks_is_told_however_rarely() {
        let failures = vec![failed(1212, "connection refused", 2), failed(1213, "no file", 1)];
        let text = Findings { attempts: 100, failures, ..Findings::default() }.text(false);
        let expected = "\nhint: 1 of 100 connections failed: no file (error_code 1213); let the process have more \
                        file descriptors (ulimit -n), or use several (--processes)\n";
        assert_eq!(text, expected);
        let failures = vec![failed(1214, "no port", 9)];
        let text = Findings { attempts: 10, failures, ..Findings::default() }.text(false);
        assert_eq!(text.matches("hint:").count(), 1, "{text}");
    }

    #[test]
    fn a_run_without_a_whole_iteration_is_told_unless_it_was_stopped() {
        let findings = Findings { interrupted: 3, ..Findings::default() };
        assert!(findings.text(false).contains("no iteration finished"));
        assert_eq!(Findings { stopped: true, ..findings }.text(false), "");
        let some = Findings { interrupted: 3, completed: 1, ..Findings::default() };
        assert_eq!(some.text(false), "");
    }
}
