//! What a script of somebody else's may reach: connections, variables, files that it writes.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use serde_json::{Value, json};
use wasock_server::Server;

use crate::common::proxy::TestProxy;
use crate::common::{Run, runtime, server, wasock};
use crate::connections::both::{connects, refusal, result, results};

fn port(server: &Server) -> u16 {
    server.address().expect("it has a plain port").port()
}

#[test]
fn only_what_is_granted_is_reached() {
    let server = server();
    let port = port(&server);
    let urls = [
        format!("ws://LOCALHOST:{port}/headers"),
        format!("ws://127.0.0.1:{port}/headers"),
        "ws://other.test/".to_owned(),
    ];
    let urls = urls.each_ref().map(String::as_str);
    let run =
        connects(&urls, &json!({})).args(["--allow-net", &format!("localhost:{port},*.test:81")]);
    let results = results(run);
    assert!(results[0].contains("websocket"), "{results:?}");
    let granted = |target: &str| format!("{target} is not granted; --allow-net {target} grants it");
    assert_eq!(results[1], granted(&format!("127.0.0.1:{port}")));
    assert_eq!(results[2], granted("other.test:80"));
    assert_eq!(server.statistics().connections_total, 2);
}

#[test]
fn a_granted_name_at_a_denied_address_is_refused() {
    let server = server();
    let port = port(&server);
    let url = format!("ws://localhost:{port}/");
    let run = connects(&[&url], &json!({"dns": {"policy": "onlyIPv4"}}));
    let run = run.args(["--allow-net", "localhost", "--deny-net", "127.0.0.0/8,[::1]"]);
    assert_eq!(
        result(run),
        format!("localhost is at 127.0.0.1:{port}, which the rule 127.0.0.0/8 denies (--deny-net)")
    );
    assert_eq!(server.statistics().connections_total, 0);
}

#[test]
fn no_way_of_writing_an_address_gets_around_a_rule() {
    let server = server();
    let port = port(&server);
    let hosts = [
        "127.0.0.1",
        "0x7f.1",
        "017700000001",
        "2130706433",
        "127.1",
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "１２７.0.0.1",
    ];
    let urls = hosts.map(|host| format!("ws://{host}:{port}/"));
    let urls = urls.each_ref().map(String::as_str);
    let results = results(connects(&urls, &json!({})).args(["--deny-net", "127.0.0.0/8"]));
    for (host, text) in hosts.iter().zip(results) {
        assert!(text.ends_with("is denied by the rule 127.0.0.0/8 (--deny-net)"), "{host}: {text}");
    }
    assert_eq!(server.statistics().connections_total, 0);
}

#[test]
fn the_option_hosts_of_a_script_grants_nothing() {
    let server = server();
    let port = port(&server);
    let url = format!("ws://good.test:{port}/headers");
    let options = json!({"hosts": {"good.test": "127.0.0.1"}});
    let run = |grants: &str| connects(&[&url], &options).args(["--allow-net", grants]);
    let target = format!("127.0.0.1:{port}");
    let refused = format!("{target} is not granted; --allow-net {target} grants it");
    assert_eq!(result(run("good.test")), refused);
    assert!(result(run("127.0.0.1")).starts_with(&format!("good.test:{port} is not granted")));
    assert!(result(run("good.test,127.0.0.1")).contains("websocket"));
}

#[test]
fn a_proxy_needs_no_grant_and_opens_no_way_around_one() {
    let server = server();
    let address = server.address().expect("it has a plain port");
    let proxy = runtime().block_on(TestProxy::start(address, false));
    let run = |flags: &[&str]| {
        let run =
            connects(&["ws://name.test:8080/headers"], &json!({})).args(flags.iter().copied());
        run.variable("HTTP_PROXY", &format!("http://{}", proxy.address()))
    };
    assert!(result(run(&["--allow-net", "name.test"])).contains("websocket"));
    assert_eq!(proxy.asked(), ["CONNECT name.test:8080"; 2]);
    let refused = result(run(&["--allow-net", "127.0.0.1"]));
    assert!(refused.starts_with("name.test:8080 is not granted"), "{refused}");
    // Where addresses are denied, names are looked up here: the proxy could find any.
    let unknown = result(run(&["--deny-net", "10.0.0.0/8"]));
    assert_eq!(unknown, "lookup name.test: no such host");
    assert_eq!(proxy.asked().len(), 2);
}

#[cfg(unix)]
#[test]
fn unix_sockets_have_grants_of_their_own() {
    let server = server();
    let address = server.address().expect("it has a plain port");
    let front = runtime().block_on(crate::common::unix::UnixFront::start(address));
    let folder = tempfile::tempdir().expect("a folder can be made");
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(front.path(), &link).expect("a link can be made");
    let linked = format!("ws+unix://{}:/headers", link.display());
    let direct = front.url("/headers");
    let run =
        |flag: &str, grant: &str| connects(&[&direct, &linked], &json!({})).args([flag, grant]);
    let path = front.path();
    let open = results(run("--allow-net", &format!("unix:{}", path.display())));
    assert!(open.iter().all(|text| text.contains("websocket")), "{open:?}");
    let refused = results(run("--allow-net", "*"));
    assert!(refused.iter().all(|text| text.contains("is not granted")), "{refused:?}");
    let denied = results(run("--deny-net", &format!("unix:{}", path.display())));
    assert!(denied.iter().all(|text| text.contains("is denied by the rule unix:")), "{denied:?}");
}

/// A server that sends whoever asks to this URL.
fn redirecting(to: &str) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let port = listener.local_addr().expect("it has an address").port();
    let answer = format!(
        "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            // A client that leaves is told nothing.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    port
}

#[test]
fn each_redirection_is_checked() {
    let server = server();
    let inner = port(&server);
    let outer = redirecting(&format!("http://127.0.0.1:{inner}/http/echo"));
    let source = "import http from 'k6/http';
        export default () => {
          const { status, error_code } = http.get(__ENV.URL);
          console.log(`${status} ${error_code}`);
        };";
    let run = |grants: String| {
        let url = format!("URL=http://localhost:{outer}/");
        Run::script(source).args(["-e", &url, "--allow-net", &grants]).go().exits(0)
    };
    assert_eq!(run(format!("localhost:{outer}")).console(), ["0 1110"]);
    assert_eq!(server.statistics().connections_total, 0);
    assert_eq!(run(format!("localhost:{outer},127.0.0.1")).console(), ["200 0"]);
}

#[test]
fn what_was_refused_stands_in_the_summary() {
    let run = || connects(&["ws://other.test/"], &json!({})).args(["--allow-net", "good.test"]);
    let outcome = run().args(["--summary-export", "summary.json"]).go().exits(0);
    let line =
        "network..: 2 connections refused, since they are not granted or are denied (--allow-net)";
    assert!(
        outcome.stdout.contains("█ STOPPED") && outcome.stdout.contains(line),
        "{}",
        outcome.stdout
    );
    let summary: Value = serde_json::from_str(&outcome.file("summary.json")).expect("it is JSON");
    let stopped = json!([{ "by": "network", "count": 2, "flag": "--allow-net" }]);
    assert_eq!(summary["stopped"], stopped);
    let disabled = run().args(["--summary-mode", "disabled"]).go().exits(0);
    let text = "connections refused, since they are not granted or are denied: 2 (--allow-net)";
    assert_eq!(disabled.logged("warning"), [text]);
}

#[test]
fn grants_stand_in_flags_variables_and_the_configuration_file() {
    let url = ["ws://other.test/"];
    let text = "other.test:80 is not granted; --allow-net other.test:80 grants it";
    let variable = connects(&url, &json!({})).variable("WASOCK_ALLOW_NET", "good.test");
    assert_eq!(result(variable), text);
    let config = r#"{"sandbox": {"allowNet": ["good.test"]}}"#;
    let configured = || connects(&url, &json!({})).beside("c.json", config).args(["-c", "c.json"]);
    assert_eq!(result(configured()), text);
    let flag = configured().args(["--allow-net", "other.test"]);
    assert_eq!(result(flag), "lookup other.test: no such host");
    // A script has no say in it.
    let script = connects(&url, &json!({"sandbox": {"allowNet": ["other.test"]}}));
    let outcome = script.args(["--allow-net", ""]).go().exits(0);
    assert_eq!(outcome.console(), [format!("ws {text}"), format!("WebSocket {text}")]);
    assert!(outcome.logged("warning").iter().any(|line| line.contains("sandbox")));
    let wrong = connects(&url, &json!({})).args(["--deny-net", "ws://a.test/"]);
    assert_eq!(
        refusal(wrong),
        "error: --deny-net: \"ws://a.test/\" is a URL; a rule has no scheme and no path: a.test"
    );
}

#[test]
fn a_script_gets_the_variables_that_are_granted() {
    let source = "export default () => console.log(Object.keys(__ENV).filter((name) => /^(APP|OWN|TOP)_/.test(name)).sort().join());";
    let run = || {
        let run = Run::script(source).variable("APP_KEY", "1").variable("TOP_SECRET", "2");
        run.args(["-e", "OWN_NAME=3"])
    };
    assert_eq!(run().console(), ["APP_KEY,OWN_NAME,TOP_SECRET"]);
    assert_eq!(run().args(["--allow-env", "APP_*"]).console(), ["APP_KEY,OWN_NAME"]);
    assert_eq!(run().args(["--allow-env="]).console(), ["OWN_NAME"]);
}

#[test]
fn a_summary_of_the_script_is_written_where_that_is_granted() {
    let source = "export default () => {};
        export const handleSummary = () => ({ 'out/a.txt': 'a', 'b.txt': 'b', stdout: 'shown' });";
    let run = Run::script(source).args(["--allow-write", "out"]);
    std::fs::create_dir(run.folder().join("out")).expect("a folder can be made");
    let outcome = run.go().exits(0);
    assert_eq!(outcome.file("out/a.txt"), "a");
    assert!(!outcome.path("b.txt").exists());
    assert_eq!(
        outcome.logged("error"),
        [
            "handleSummary() could not write \"b.txt\": the run does not grant it; hint: --allow-write \"b.txt\" grants it"
        ]
    );
    assert!(outcome.stdout.contains("shown"));
}

#[test]
fn inspect_tells_what_a_script_asks_for_without_running_it() {
    let source = "import ws from 'k6/ws';
        const data = open('./data.txt');
        throw new Error('it runs');
        export default () => ws.connect(`wss://chat.test/${__ENV.ROOM}`, null);";
    let script = crate::common::kept_files(&[("asks.js", source)]);
    let inspect = |format: &str| {
        let mut command = wasock();
        command.args(["inspect", "--grants", "--format", format, "asks.js"]).current_dir(&script);
        let output = command.output().expect("the command starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("it is text")
    };
    let found: Value = serde_json::from_str(&inspect("json")).expect("it is JSON");
    let flags = json!([
        "--allow-net=chat.test:443",
        "--allow-env=ROOM",
        "--no-default-read",
        "--allow-read=data.txt"
    ]);
    assert_eq!(found["flags"], flags);
    assert_eq!(found["builtin"], json!(["k6/ws"]));
    assert_eq!(found["urls"], json!(["wss://chat.test/"]));
    let text = inspect("text");
    for line in ["  modules    k6/ws", "  targets    chat.test:443", "  variables  ROOM"] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn guests_may_fetch_and_read_no_more_than_the_test() {
    let server = server();
    let remote =
        format!("https://127.0.0.1:{}/a.js", server.tls_address().expect("it has TLS").port());
    let options = r#"export const options = { scenarios: { a: { executor: 'shared-iterations', guest: './lib/guest.js' } } };
        export default () => {};"#;
    let run = |import: &str, flags: &[&str]| {
        let run = Run::files(&[("main.js", options)]).args(flags.iter().copied());
        let folder = run.script_path().parent().expect("it is in a folder").to_owned();
        std::fs::create_dir_all(folder.join("lib")).expect("a folder can be made");
        let guest = format!("import '{import}'; export default () => {{}};");
        std::fs::write(folder.join("lib/guest.js"), guest).expect("it can be written");
        std::fs::write(folder.join("lib/helper.js"), "").expect("it can be written");
        (folder.display().to_string(), run)
    };
    let (_, denied) = run(&remote, &["--deny-net", "127.0.0.0/8"]);
    let denied = denied.go().exits(107).stderr;
    assert!(denied.contains("is denied by the rule 127.0.0.0/8 (--deny-net)"), "{denied}");
    assert_eq!(server.statistics().connections_total, 0);
    let (_, closed) = run("./helper.js", &["--no-default-read"]);
    let closed = closed.go().exits(107).stderr;
    assert!(closed.contains("lib/guest.js\" is not granted\nhint: --allow-read \""), "{closed}");
    let (folder, open) = run("./helper.js", &["--no-default-read"]);
    open.args(["--allow-read", &format!("{folder}/lib")]).go().exits(0);
    let (folder, open) = run("./helper.js", &["--no-default-read"]);
    let part =
        open.args(["--allow-read", &format!("{folder}/lib/guest.js")]).go().exits(107).stderr;
    assert!(part.contains("lib/helper.js\" is not granted"), "{part}");
}

#[test]
fn an_error_shows_nothing_of_a_file_from_elsewhere() {
    let secret = crate::common::kept_files(&[("secret.txt", "PASSWORD = = hunter2")]);
    let source = format!("import '{}/secret.txt'; export default () => {{}};", secret.display());
    let outcome = Run::files(&[("main.js", &source)]).go().exits(107);
    assert!(outcome.stderr.contains("secret.txt:1:12"), "{}", outcome.stderr);
    let told = "error: What is imported is neither a script nor JSON\n";
    assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("hunter2"), "{}", outcome.stderr);
    let granted =
        Run::files(&[("main.js", &source)]).args(["--allow-read", &secret.display().to_string()]);
    let outcome = granted.go().exits(107);
    assert!(outcome.stderr.contains("hunter2"), "{}", outcome.stderr);
    let closed = Run::files(&[("main.js", &source)]).args(["--no-default-read"]).go().exits(107);
    assert!(closed.stderr.contains("secret.txt\" is not granted"), "{}", closed.stderr);
}

#[test]
fn inspect_follows_guests() {
    let options = json!({ "scenarios": {
        "a": { "executor": "shared-iterations", "guest": "guest.js" },
        "b": { "executor": "shared-iterations", "guest": "gone.wasm" },
    } });
    let guest =
        "import './helper.js'; export default () => fetch(`http://guest.test/${__ENV.ID}`);";
    let files = [("main.json", options.to_string())];
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let files = [files.as_slice(), &[("guest.js", guest), ("helper.js", "")]].concat();
    let folder = crate::common::kept_files(&files);
    let inspect = || -> Value {
        let mut command = wasock();
        command.args(["inspect", "--grants", "--format", "json", "main.json"]).current_dir(&folder);
        let output = command.output().expect("the command starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("it is JSON")
    };
    let found = inspect();
    assert_eq!(found["guests"][1]["guest"], "guest.js");
    assert_eq!(found["guests"][1]["targets"], json!(["guest.test:80"]));
    assert_eq!(found["guests"][1]["variables"], json!(["ID"]));
    assert!(
        found["guests"][0]["error"].as_str().is_some_and(|text| text.contains("does not exist"))
    );
    assert_eq!(found["flags"], json!([]));
    let component = wat::parse_str(
        r#"(component (import "wasock:websocket/files@0.1.0" (instance (export "f" (func)))))"#,
    );
    std::fs::write(folder.join("gone.wasm"), component.expect("it is well-formed"))
        .expect("it can be written");
    let found = inspect();
    std::fs::remove_file(folder.join("gone.wasm")).expect("it can be removed");
    assert_eq!(found["guests"][0]["imports"], json!(["wasock:websocket/files@0.1.0"]));
}

#[test]
fn a_summary_is_never_written_to_the_cache() {
    let run = Run::script(
        "export default () => {};
         export const handleSummary = () => ({ 'cache/components/x.cwasm': 'code', 'ok.txt': 'ok' });",
    );
    let cache = run.folder().join("cache").display().to_string();
    let outcome =
        run.variable("WASOCK_CACHE_DIR", &cache).args(["--allow-write", "."]).go().exits(0);
    assert!(!outcome.path("cache/components/x.cwasm").exists());
    assert_eq!(outcome.file("ok.txt"), "ok");
    let text = "handleSummary() could not write \"cache/components/x.cwasm\": it is in the cache of compiled scripts";
    assert_eq!(outcome.logged("error"), [text]);
}
