//! What a virtual user may cost: each limit stops the one that comes to it, says which it was, and lets
//! the others go on.

use serde_json::{Value, json};

use crate::common::Run;
use crate::hostile::harness::{Guest, Harm};

/// Runs a hostile guest twice beside good users, who must have lost nothing.
fn beside_good_users(guest: &str, flags: &[&str]) -> Harm {
    Guest::new(guest).times(2).args(flags.iter().copied()).attacks()
}

const COMPUTED: &str = "the script computed for 100ms without waiting for anything, which is its limit; \
                        --vu-cpu raises it";

#[test]
fn work_without_end_ends_its_iteration_at_its_limit() {
    for bad in ["cpu/loop", "cpu/regular-expression", "cpu/microtasks"] {
        let outcome = beside_good_users(bad, &["--vu-cpu", "100ms"]);
        let text = format!("the iteration was stopped: {COMPUTED}");
        assert_eq!(outcome.logged("error"), [text.clone(), text], "{bad}");
        assert!(outcome.stdout.contains("20 complete and 2 interrupted"), "{}", outcome.stdout);
        assert!(outcome.stdout.contains("cpu..: 2 stages ended"), "{}", outcome.stdout);
    }
}

/// A user that waits after each piece of its work does three times as much as one that is stopped for not waiting, on
/// whatever machine.
#[test]
fn waiting_is_not_computing() {
    let script = |body: &str| {
        let source = format!(
            "import {{ sleep }} from 'k6';
            import {{ Counter }} from 'k6/metrics';
            const pieces = new Counter('pieces');
            const work = () => {{ for (let i = 0; i < 20_000; i++); pieces.add(1); }};
            export default () => {{ {body} }};"
        );
        Run::script(&source).args(["--vu-cpu", "100ms"])
    };
    let stopped = script("while (true) work();").go();
    assert_eq!(stopped.logged("error"), [format!("the iteration was stopped: {COMPUTED}")]);
    let pieces = 3.0 * stopped.sum("pieces");
    let waits = script("for (let i = 0; i < __ENV.PIECES; i++) { work(); sleep(0.001); }");
    let outcome = waits.args(["-e", &format!("PIECES={pieces}")]).go().exits(0);
    assert_eq!(outcome.logged("error"), [""; 0]);
    assert_eq!(outcome.sum("pieces"), pieces);
}

#[test]
fn a_top_level_without_end_does_not_begin() {
    let script = Run::script("while (true); export default () => {};");
    let outcome = script.args(["--vu-cpu", "100ms"]).go().exits(107);
    assert!(outcome.stderr.contains(COMPUTED), "{}", outcome.stderr);
}

#[test]
fn a_hoarder_is_told_how_much_memory_it_has() {
    let outcome = beside_good_users("memory/typed-arrays", &["--vu-memory", "16MiB"]);
    let errors = outcome.logged("error");
    assert_eq!(errors.len(), 2);
    for error in errors {
        assert!(error.starts_with("InternalError: out of memory\n"), "{error}");
        let hint = "\nhint: its memory is limited to 16MiB; --vu-memory raises that";
        assert!(error.ends_with(hint), "{error}");
    }
    assert!(outcome.stdout.contains("memory..: 2 stages"), "{}", outcome.stdout);
    let small = Run::script("export default () => {};").args(["--vu-memory", "64KiB"]).go();
    let text = "a virtual user needs more memory than 64KiB to begin with; --vu-memory raises that";
    assert!(small.stderr.contains(text), "{}", small.stderr);
}

#[test]
fn short_texts_are_written_where_a_long_one_has_no_room() {
    let script = Run::script(
        "export const options = { iterations: 1 };
        export default () => {
          const held = [];
          JSON.stringify({ long: 'x'.repeat(60_000) });
          for (let size = 1 << 20; size >= 8192; ) {
            try { held.push(new Uint8Array(size)); } catch { size >>= 1; }
          }
          held.pop();
          const texts = [];
          for (let i = 0; i < 20; i++) texts[i] = JSON.stringify({ a: 1 });
          held.length = 0;
          console.log(texts.every((text) => text === '{\"a\":1}'));
        };",
    );
    assert_eq!(script.args(["--vu-memory", "6MiB"]).go().exits(0).console(), ["true"]);
}

#[test]
fn sockets_beyond_the_limit_fail_one_by_one() {
    let source = "import { WebSocket } from 'k6/websockets';
        export default () => {
          let left = 3;
          const sockets = [1, 2, 3].map(() => new WebSocket(`${__ENV.WS}/echo`));
          const done = () => --left === 0 && sockets.forEach((socket) => socket.close());
          sockets.forEach((socket) => {
            socket.onopen = done;
            socket.onerror = ({ error }) => { console.log(error); done(); };
          });
        };";
    let outcome = Run::script(source).served().args(["--vu-sockets", "2"]).go().exits(0);
    let text = "the limit of 2 open sockets is reached; --vu-sockets raises it";
    assert_eq!(outcome.console(), [text]);
    assert_eq!(outcome.sum("ws_sessions"), 3.0);
    assert!(outcome.stdout.contains("sockets..: 1 connections refused"), "{}", outcome.stdout);
}

#[test]
fn lines_beyond_the_limit_are_counted_and_told_once() {
    let source = "export default () => { for (let i = 0; i < 100_000; i++) console.log(i); };";
    let outcome = Run::script(source).args(["--vu-console", "2"]).go().exits(0);
    let lines = outcome.console();
    assert_eq!(lines[..2], ["0", "1"]);
    assert!(lines.len() < 1_000, "{}", lines.len());
    let left_out = format!("console..: {} lines of the console left out", 100_000 - lines.len());
    assert!(outcome.stdout.contains(&left_out), "{left_out}: {}", outcome.stdout);
}

#[test]
fn a_bandwidth_makes_transfers_wait_and_loses_nothing() {
    let source = "import ws from 'k6/ws';
        export default () => ws.connect(`${__ENV.WS}/echo`, (socket) => {
          socket.on('open', () => socket.send('x'.repeat(300_000)));
          socket.on('message', (text) => { console.log(text.length); socket.close(); });
        });";
    let outcome = Run::script(source).served().args(["--vu-bandwidth", "2MiB"]).go().exits(0);
    assert_eq!(outcome.console(), ["300000"]);
    assert!(
        outcome.stdout.contains(" transfers made to wait (--vu-bandwidth)"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn messages_and_answers_beyond_the_limit_fail() {
    let source = "import ws from 'k6/ws';
        import http from 'k6/http';
        export default () => {
          ws.connect(`${__ENV.WS}/echo`, (socket) => {
            socket.on('open', () => socket.send('x'.repeat(2000)));
            socket.on('error', (error) => console.log(error.error()));
          });
          const base = __ENV.WS.replace('ws:', 'http:');
          console.log(http.get(`${base}/http/bytes?size=200000`).status);
          console.log(http.get(`${base}/http/bytes?size=2000`).status);
        };";
    let flags = ["--vu-message-size", "1000", "--vu-bodies", "100KiB"];
    let outcome = Run::script(source).served().args(flags).go().exits(0);
    assert_eq!(
        outcome.console(),
        [
            "the limit of 1000 bytes in a message is reached; --vu-message-size raises it",
            "0",
            "200"
        ]
    );
    let warning = outcome.logged("warning").concat() + &outcome.stderr;
    let text =
        "the limit of 102400 bytes in requests and answers is reached; --vu-bodies raises it";
    assert!(warning.contains(text), "{warning}");
    for line in ["bodies........: 1 ", "message_size..: 1 "] {
        assert!(outcome.stdout.contains(line), "{}", outcome.stdout);
    }
}

#[test]
fn incomplete_messages_beyond_the_limit_fail() {
    let source = "import { WebSocket } from 'k6/websockets';
        export default () => {
          const socket = new WebSocket(`${__ENV.WS}/endless-fragments`);
          socket.onerror = ({ error }) => console.log(error);
        };";
    let outcome = Run::script(source).served().args(["--vu-unfinished", "1MiB"]).go().exits(0);
    let text = "the limit of 1048576 bytes in incomplete messages is reached; \
                --vu-unfinished raises it";
    assert_eq!(outcome.console(), [text]);
    assert!(outcome.stdout.contains("unfinished..: 1 "), "{}", outcome.stdout);
}

#[test]
fn tags_are_as_many_and_as_long_as_they_may_be() {
    let source = "import { Counter } from 'k6/metrics';
        import exec from 'k6/execution';
        const counter = new Counter('counter');
        export default () => {
          for (let i = 0; i < 1000; i++) exec.vu.metrics.tags[`tag${i}`] = 'x';
          counter.add(1, { long: 'é'.repeat(5000) });
        };";
    let outcome = Run::script(source).go().exits(0);
    let [point] = outcome.samples("counter")[..] else { panic!("one sample") };
    assert_eq!(point.tags["long"], "é".repeat(2048));
    assert_eq!(point.tags.keys().filter(|name| name.starts_with("tag")).count(), 256);
    assert!(outcome.stdout.contains("tags..: 745 tags left out or cut"), "{}", outcome.stdout);
}

#[test]
fn what_was_stopped_is_there_for_programs() {
    let source = "export default () => { for (let i = 0; i < 1000; i++) console.log(i); };
        export const handleSummary = (data) => ({ 'data.json': JSON.stringify(data) });";
    let flags =
        ["--vu-console", "0", "--summary-export", "summary.json", "--new-machine-readable-summary"];
    let outcome = Run::script(source).args(flags).go().exits(0);
    let stopped = json!([{ "by": "console", "count": 1000, "flag": "--vu-console" }]);
    for file in ["data.json", "summary.json"] {
        let summary: Value = serde_json::from_str(&outcome.file(file)).expect("it is JSON");
        assert_eq!(summary["results"]["stopped"], stopped, "{file}");
        crate::summary::assert_valid(&summary);
    }
    assert_eq!(outcome.logged("warning"), ["lines of the console left out: 1000 (--vu-console)"]);
    let quiet = Run::script("export default () => {};").go().exits(0);
    assert!(!quiet.stdout.contains("STOPPED"), "{}", quiet.stdout);
}

#[test]
fn a_limit_that_is_none_is_told_before_the_run() {
    for (flags, text) in [
        (
            &["--vu-memory", "lots"][..],
            "--vu-memory is \"lots\", expected a number of bytes up to 4GiB, such as 64MiB",
        ),
        (&["--vu-sockets=-1"], "--vu-sockets is \"-1\", expected a whole number from 0 on"),
        (
            &["--vu-cpu", "0"],
            "--vu-cpu is \"0\", expected a length of time above 0, such as 10s, or none",
        ),
    ] {
        let outcome =
            Run::script("export default () => {};").args(flags.iter().copied()).go().exits(104);
        assert!(outcome.stderr.starts_with(&format!("error: {text}")), "{}", outcome.stderr);
    }
}
