//! How a test that stands alone ends, and what cannot stand alone.

use std::fs;

use crate::common::server;
use crate::hosts::{Host, run_in_wasmtime};
use crate::{Alone, compile};

#[test]
fn an_exception_is_told_and_the_command_fails() {
    let alone = Alone::script(
        "export default () => { throw new Error('the swamp is dry'); };
         export const teardown = () => console.log('torn down');",
    );
    for host in Host::ALL {
        let ended = host.run(&alone.component(), &[], &[]).badly();
        assert!(ended.stderr.contains("Error: the swamp is dry"), "{host:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("script.js:1:"), "{host:?}: {}", ended.stderr);
        assert!(ended.stdout.contains("torn down"), "{host:?}: {}", ended.stdout);
        assert!(!ended.stderr.contains("wasm trap"), "{host:?}: {}", ended.stderr);
    }
}

#[test]
fn a_function_is_named_by_the_first_argument() {
    let alone = Alone::script(
        "export const wave = () => console.log(`waves at ${__ENV.WHOM}`);
         export default () => {};",
    );
    for host in Host::ALL {
        let variables = [("WHOM", "a crocodile")];
        let ended = host.run(&alone.component(), &["wave"], &variables).well();
        assert!(ended.stdout.starts_with("waves at a crocodile\n"), "{}", ended.stdout);
        let ended = host.run(&alone.component(), &["wade"], &[]).badly();
        let told = "error: the test has no function \"wade\"\nhint: it has wave, default\n";
        let swapped = "error: the test has no function \"wade\"\nhint: it has default, wave\n";
        let is_told = ended.stderr.contains(told) || ended.stderr.contains(swapped);
        assert!(is_told, "{}", ended.stderr);
    }
}

#[test]
fn a_test_that_fails_or_aborts_itself_makes_the_command_fail() {
    for (call, told) in [
        ("exec.test.fail('too slow')", "error: too slow"),
        ("exec.test.abort('enough')", "error: the test was aborted: enough"),
    ] {
        let alone = Alone::script(&format!(
            "import exec from 'k6/execution';
             export default () => {{ {call}; }};"
        ));
        let ended = Host::Wasmtime.run(&alone.component(), &[], &[]).badly();
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
    }
}

#[test]
fn without_a_network_nothing_is_reached_and_that_is_told() {
    let server = server();
    let url = format!("ws://{}", server.address().expect("it has a plain port"));
    let alone = Alone::script(
        "import { WebSocket } from 'k6/websockets';
         export default () => {
           for (const url of [__ENV.WS, 'ws://echo.example/']) {
             const socket = new WebSocket(url);
             socket.onerror = ({ error }) => console.log(error);
           }
         };",
    );
    let ended = run_in_wasmtime(&alone.component(), &[], &[("WS", &url)], false).well();
    for told in ["grants no such connection", "lookup echo.example: no such host"] {
        assert!(ended.stdout.contains(told), "{told}\n{}", ended.stdout);
    }
}

#[test]
fn a_server_that_nobody_vouches_for_is_not_trusted() {
    let server = server();
    let url = format!("wss://{}", server.tls_address().expect("it has a TLS port"));
    let alone = Alone::script(
        "import { WebSocket } from 'k6/websockets';
         export default () => {
           new WebSocket(__ENV.WSS).onerror = ({ error }) => console.log(error);
         };",
    );
    let run = |variables: &[(&str, &str)]| {
        Host::Wasmtime.run(&alone.component(), &[], variables).well().stdout
    };
    let told = run(&[("WSS", &url)]);
    assert!(told.contains("UnknownIssuer") || told.contains("unknown authority"), "{told}");
    let told = run(&[("WSS", &url), ("WASOCK_CA_CERTIFICATES", "-----BEGIN CERTIFICATE-----\nx")]);
    assert!(told.contains("WASOCK_CA_CERTIFICATES is malformed"), "{told}");
}

#[test]
fn what_is_no_test_cannot_stand_alone() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let write = |name: &str, content: &[u8]| {
        fs::write(folder.path().join(name), content).expect("it can be written");
    };
    let component = wat::parse_str("(component)").expect("it is one");
    let module = wat::parse_str("(module)").expect("it is one");
    write("empty.wasm", &component);
    write("module.wasm", &module);
    write("broken.wasm", b"\0asm and more");
    write("wrong.js", b"export default () => {");
    for (name, told) in [
        (
            "empty.wasm",
            "error: \"empty.wasm\" cannot stand alone: it is no test: it exports nothing",
        ),
        ("module.wasm", "error: \"module.wasm\" cannot stand alone: it is no component"),
        ("broken.wasm", "error: \"broken.wasm\" cannot stand alone: it is no component"),
        ("wrong.js", "wrong.js"),
        ("missing.js", "missing.js"),
    ] {
        let output = compile(folder.path(), &[name]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{name}");
        assert!(stderr.contains(told), "{name}: {stderr}");
        assert!(!stderr.contains("panicked"), "{name}: {stderr}");
    }
    let left = fs::read_dir(folder.path()).expect("it is there").count();
    assert_eq!(left, 4, "nothing is written");
}

#[test]
fn the_name_of_the_command_is_not_that_of_the_test() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::write(folder.path().join("a.js"), "export default () => {};").expect("it can be written");
    let output = compile(folder.path(), &["a.js"]);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.starts_with("a-standalone.wasm ("), "{stdout}");
    assert!(folder.path().join("a-standalone.wasm").exists());
}
