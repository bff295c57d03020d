//! Guests that want more of the host than is good.

use super::harness::{Guest, MIB, caught, interrupted, replaced};

/// What begins the line of a user that is stopped.
const STOPPED: &str = "the virtual user was stopped and is replaced: ";

#[test]
fn sockets_are_opened_and_left_without_harm() {
    let harm = Guest::new("resources/sockets").env("SOCKETS", "500").patient().attacks();
    assert_eq!(harm.console(), ["500 opened, 0 refused"]);
    let guest = Guest::new("resources/abandoned-sockets").patient().times(2);
    let harm = guest.attacks();
    assert_eq!(harm.errors(), ["Error: left behind"; 2]);
    assert_eq!(harm.of("bad", "ws_sessions").len(), 1_000);
}

#[test]
fn floods_of_messages_and_timers_are_held_back() {
    for guest in ["event-flood", "echo-storm", "ping-flood", "interval-storm"] {
        interrupted(&format!("resources/{guest}"));
    }
    replaced("boundary/timers", 2, "the limit of 65536 timers is reached; --vu-timers raises it");
    interrupted("resources/timers");
    let harm = Guest::new("resources/send-flood").attacks();
    let full = "a message could not be sent: the limit of ";
    assert!(harm.logged("warning").iter().all(|line| line.starts_with(full)), "{}", harm.stderr);
}

#[test]
fn what_grows_when_it_is_unpacked_is_cut_off() {
    let harm = Guest::new("resources/compression-bomb").patient().attacks();
    assert_eq!(
        harm.console(),
        ["the limit of 67108864 bytes in a message is reached; --vu-message-size raises it"]
    );
    let harm = Guest::new("resources/incomplete-messages").patient().attacks();
    let console = harm.console();
    let of = |limit: &str| console.iter().filter(|line| line.contains(limit)).count();
    let together = of("268435456 bytes in incomplete messages is reached; --vu-unfinished");
    let alone = of("67108864 bytes in a message is reached; --vu-message-size");
    assert!(together > 0 && together + alone == console.len(), "{console:?}");
    let harm = Guest::new("resources/decompression").patient().attacks();
    let text = "the body is longer than 67108864 bytes when it is decoded, which is the most; ";
    assert!(harm.console()[0].contains(text), "{}", harm.stderr);
}

#[test]
fn names_and_tags_are_bounded() {
    let too_many = "metric 'metric_N' would be one too many: a test may have 4096 metrics; \
                    use tags to tell values apart";
    caught("resources/metric-names", &[too_many; 3]);
    let wrong =
        "invalid metric name 'xxxxxxxxxxxxxxxxxxx … r underscores and not start with a digit";
    caught("resources/metric-name-length", &[wrong; 3]);
    // What is too much is left out.
    interrupted("resources/tag-names");
    interrupted("resources/metadata");
    interrupted("boundary/tags");
}

#[test]
fn samples_carry_no_more_than_they_can() {
    let guest = Guest::new("resources/tag-length").patient().peak(256 * MIB);
    let harm = guest.attacks();
    let checks = harm.samples("checks").into_iter();
    let long: Vec<_> = checks.filter_map(|point| point.tags.get("long")).collect();
    assert_eq!(long.len(), 100);
    assert!(long.iter().all(|tag| tag.len() == 4096));
    // They count, whatever has to be left out.
    for (guest, metric, count) in
        [("tag-values", "tagged", 100_000), ("check-names", "checks", 100_000)]
    {
        let guest = Guest::new(&format!("resources/{guest}")).patient();
        let harm = guest.attacks();
        assert_eq!(harm.of("bad", metric).len(), count, "{metric}");
    }
    let harm = Guest::new("resources/groups").patient().attacks();
    assert_eq!(harm.of("bad", "group_duration").len(), 10_020);
}

#[test]
fn a_terminal_is_told_nothing() {
    let guest = Guest::new("resources/control-characters").args(["--summary-mode", "full"]);
    let harm = guest.attacks();
    for text in [&harm.stdout, &harm.stderr] {
        let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.contains(acts) && text.contains("FAKE LINE"), "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("FAKE")), "{text}");
    }
    assert_eq!(harm.of("bad", "checks"), [1.0; 2]);
}

#[test]
fn lines_are_lines_and_not_endless() {
    interrupted("resources/console-flood");
    let harm = Guest::new("resources/console-line").patient().attacks();
    let [line] = &harm.console()[..] else { panic!("{}", harm.stderr.len()) };
    assert!(
        line.ends_with("xx… (66060352 more bytes)") && line.len() < 1_100_000,
        "{}",
        line.len()
    );
    let harm = Guest::new("resources/console-forgery").patient().attacks();
    let forged = "harmless\ntime=\"now\" level=error msg=\"the disk is full\" source=runner";
    assert_eq!(harm.console(), [forged, "\u{1b}[2J\u{1b}[H\u{7}\r\0gone"]);
    assert_eq!(harm.stderr.lines().filter(|line| line.starts_with("time=")).count(), 2);
    let harm = Guest::new("resources/abort-message").run().exits(110);
    let [error] = &harm.errors()[..] else { panic!("{}", harm.stderr.len()) };
    assert!(error.starts_with("test marked as failed: xx") && error.len() < 1_100_000);
}

#[test]
fn jars_and_requests_are_bounded() {
    let harm = Guest::new("resources/cookies").patient().attacks();
    let full =
        "GoError: the cookie name3000 cannot be set: the jar has 3000 cookies, which is the most";
    assert_eq!(harm.errors(), [full]);
    replaced("resources/cookie-jars", 1, "the guest has 1024 cookie jars, which is the most");
    caught("resources/redirects", &["400"]);
    let harm = Guest::new("resources/requests").attacks();
    assert_eq!(harm.finished(), 0);
    let failed = harm
        .stderr
        .matches("the limit of 1024 requests at one time is reached; --vu-requests raises it")
        .count();
    assert_eq!(failed, 2_000 - 1_024);
}

#[test]
fn data_that_all_share_is_bounded() {
    // A gigabyte may be shared; what it is copied from comes and goes.
    let guest = Guest::new("resources/shared-arrays").patient();
    let harm = guest.peak(2048 * MIB).attacks();
    let full = "the arrays that virtual users share have no room for more than 1073741824 bytes of JSON together; \
                give each element fewer fields, or leave out the elements that are not used";
    // Options, `setup`, `teardown` and `handleSummary` have a user each that tries.
    assert_eq!(harm.console(), [full; 4]);
    let harm = Guest::new("resources/setup-data").patient().attacks();
    assert_eq!(harm.console(), ["33554432"]);
}

#[test]
fn files_are_those_that_are_granted() {
    let harm = Guest::new("resources/open").patient().attacks();
    let console = harm.console();
    assert_eq!(console.len(), 10, "{console:?}");
    assert!(console.iter().all(|line| !line.starts_with("opened")), "{console:?}");
    for (line, path) in console.iter().zip(["/etc/passwd", "../../../../../../etc/passwd"]) {
        assert!(line.starts_with(&format!("cannot open \"{path}\": the run does")), "{line}");
    }
    let harm = Guest::new("resources/summary-files").args(["--allow-write=."]).attacks();
    let errors = harm.errors();
    let refused = |path: &str| format!("handleSummary() could not write \"{path}\": ");
    let not_granted = "the run does not grant it; hint: --allow-write \"";
    for (error, path) in
        errors.iter().zip(["/etc/hostile-summary.txt", "../hostile-summary.txt", "/dev/full"])
    {
        assert!(error.starts_with(&(refused(path) + not_granted)), "{error}");
    }
    assert!(errors[3].starts_with(&(refused("no/such/folder.txt") + "No such file")), "{errors:?}");
    assert_eq!((errors.len(), &*harm.file("summary.txt")), (4, "mine"));
}

#[test]
fn what_does_not_fit_into_a_frame_or_a_header_refusal() {
    let harm = Guest::new("resources/headers").patient().attacks();
    // The server may end the connection before its answer is read.
    let console = harm.console();
    assert!(console[0] == "400" && ["431", "0"].contains(&&*console[1]), "{console:?}");
    assert_eq!(console[2..], ["0"]);
    let reason = "SyntaxError: Failed to execute 'close' on 'WebSocket': The message must not be greater than 123 bytes";
    let code = |code: &str| {
        format!(
            "InvalidAccessError: Failed to execute 'close' on 'WebSocket': The close code must be either 1000, or \
             between 3000 and 4999. {code} is neither"
        )
    };
    let harm = Guest::new("resources/close-reason").patient().attacks();
    let codes = [code("1005"), code("0"), code("65535"), code("0")];
    assert_eq!(harm.console()[..2], [reason, reason]);
    assert_eq!(harm.console()[2..], codes);
    let harm = Guest::new("resources/huge-url").patient().attacks();
    let console = harm.console();
    assert!(["status 431", "status 0"].contains(&&*console[0]), "{console:?}");
    assert_eq!(console[1..], ["status 0"; 3]);
    let harm = Guest::new("resources/random-bytes").patient().attacks();
    let quota = "QuotaExceededError: The array has 65537 bytes, more than the 65536 of one call";
    assert_eq!(harm.console(), [quota, "InternalError: out of memory"]);
}

#[test]
fn a_list_that_no_memory_can_hold_is_refused() {
    let harm = Guest::new("resources/shared-array-elements").attacks();
    let refused = "a SharedArray has at most 134217728 elements, and this has 4294967295";
    let console = harm.console();
    assert!(!console.is_empty() && console.iter().all(|line| line == refused), "{console:?}");
}

#[test]
fn handles_are_bounded() {
    for (guest, text) in [
        ("queues", "the limit of 64 event queues is reached"),
        ("jars", "the guest has 1024 cookie jars, which is the most"),
        ("shared-arrays", "the guest has 4096 shared arrays, which is the most"),
        ("sockets", "cannot lend resource: store handle limit exceeded"),
        ("meters", "cannot lend resource: store handle limit exceeded"),
        ("requests", "cannot allocate another handle: store handle limit exceeded"),
    ] {
        let harm = Guest::new(&format!("boundary/{guest}")).patient().attacks();
        assert_eq!(
            harm.errors(),
            [format!("{STOPPED}{text}"), format!("{STOPPED}{text}")],
            "{guest}"
        );
    }
}
