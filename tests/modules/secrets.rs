//! `k6/secrets`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use crate::common::Run;

const READS: &str = "
    import secrets, { get, source } from 'k6/secrets';
    const lost = async (promise) => promise.then(() => 'found', (error) => `${error}`);
    export default async () => {
        const password = await get('password');
        console.log(Object.keys(secrets).sort().join(), password.length, password.split('').join(' '));
        console.log('plain', password, 'and', { inside: password, list: [`x${password}x`] });
        console.log(await lost(get('user')), await lost(source('nobody').get('password')));
        console.log(get('password') instanceof Promise);
        throw new Error(`cannot log in with ${password}`);
    };";

const REDACTED: &str = "***SECRET_REDACTED***";

#[test]
fn secrets_reach_the_script_and_no_log() {
    let run = Run::script(READS).args(["--secret-source", "mock=password=s3cr\"t"]);
    let outcome = run.go().exits(0);
    assert_eq!(
        outcome.console(),
        [
            "get,source 6 s 3 c r \" t",
            &format!(
                "plain {REDACTED} and {{ inside: \"{REDACTED}\", list: [ \"x{REDACTED}x\" ] }}"
            ),
            "GoError: there is no secret \"user\" GoError: there is no source of secrets with the \
             name \"nobody\"",
            "true",
        ]
    );
    let errors = outcome.logged("error");
    assert!(errors[0].contains(&format!("cannot log in with {REDACTED}\n")), "{errors:?}");
    assert!(!outcome.stderr.contains("s3cr"), "{}", outcome.stderr);
}

#[test]
fn a_file_and_named_sources_hold_secrets() {
    let source = "
        import secrets from 'k6/secrets';
        export default async () => {
            const other = secrets.source('other');
            console.log((await secrets.get('key')).length, (await other.get('key')).length);
        };";
    let run = Run::script(source).beside("values.txt", "# keys\nkey = four\n\n");
    let flags =
        ["--secret-source=file=values.txt,default", "--secret-source=mock=name=other,key=12345"];
    assert_eq!(run.args(flags).console(), ["4 5"]);
}

#[test]
fn the_environment_can_name_a_source_and_flags_come_first() {
    let source = "
        import secrets from 'k6/secrets';
        export default async () => console.log((await secrets.get('a')).length);";
    let variable = |run: Run| run.variable("K6_SECRET_SOURCE", "mock=a=123");
    assert_eq!(variable(Run::script(source)).console(), ["3"]);
    let flag = Run::script(source).args(["--secret-source", "mock=a=12345"]);
    assert_eq!(variable(flag).console(), ["5"]);
}

#[test]
fn without_a_source_there_are_no_secrets() {
    let source = "
        import secrets from 'k6/secrets';
        export default async () => { await secrets.get('a'); };";
    let errors = Run::script(source).go().exits(0).logged("error");
    assert!(
        errors[0].contains("GoError: there are no secrets; --secret-source names a source of them"),
        "{errors:?}"
    );
}

#[test]
fn what_ends_the_test_is_redacted_too() {
    let source = "
        import secrets from 'k6/secrets';
        import exec from 'k6/execution';
        const value = await secrets.get('key');
        if (__ENV.AT === 'init') throw new Error(`init ${value}`);
        export const options = __ENV.AT === 'options' ? { vus: value } : {};
        export function setup() { if (__ENV.AT === 'setup') throw new Error(`setup ${value}`); }
        export default () => {
            if (__ENV.AT === 'abort') exec.test.abort(`abort ${value}`);
            if (__ENV.AT === 'fail') exec.test.fail(`fail ${value}`);
        };";
    for (at, code) in
        [("init", 107), ("options", 104), ("setup", 107), ("abort", 108), ("fail", 110)]
    {
        let run = Run::script(source).args(["--secret-source", "mock=key=hunter2"]);
        let outcome = run.args(["-e", &format!("AT={at}")]).go().exits(code);
        assert!(outcome.stderr.contains(REDACTED), "{at}: {}", outcome.stderr);
        assert!(!outcome.stderr.contains("hunter2"), "{at}: {}", outcome.stderr);
    }
}

#[test]
fn a_source_that_is_wrong_is_told_before_the_run() {
    for (source, told) in [
        ("vault=x", "expected file=PATH, mock=KEY=VALUE"),
        (
            "url=urlTemplate=https://a.test/",
            "the setting urlTemplate of --secret-source url is wrong",
        ),
        (
            "url=urlTemplate=https://a.test/{key},pin=1234",
            "url has no setting \"pin\"; its settings are",
        ),
        ("file=gone.txt", "the secrets in \"gone.txt\" cannot be read: "),
    ] {
        let run = Run::script("export default () => {};").args(["--secret-source", source]);
        let stderr = run.go().exits(104).stderr;
        assert!(stderr.starts_with("error: ") && stderr.contains(told), "{stderr}");
    }
}

/// A server that answers one request after the other, each on a connection of its own, and tells what came.
fn vault(answers: &'static [&'static str]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = listener.local_addr().expect("it has an address").to_string();
    let serving = thread::spawn(move || {
        let answer = |answer: &&str| {
            let mut stream = listener.accept().expect("somebody connects").0;
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
            let (status, body) = answer.split_once('|').unwrap_or((answer, ""));
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
            )
            .expect("it is read");
            head.join("\n")
        };
        answers.iter().map(answer).collect()
    });
    (address, serving)
}

#[test]
fn a_server_is_asked_for_a_secret_once_and_again_while_it_is_in_trouble() {
    let answers = ["503 Busy", "429 Slowly", "200 OK|{\"data\": {\"value\": \"hunter2\"}}"];
    let (address, serving) = vault(Box::leak(Box::new(answers)));
    let source = "
        import secrets from 'k6/secrets';
        const value = await secrets.get('db/password');
        export const options = { vus: 3, iterations: 6 };
        export default async () => console.log(value.length, value === (await secrets.get('db/password')), value);";
    let url = format!(
        "url=urlTemplate=http://{address}/v1/{{key}}?raw=1,headers.X-Vault-Token=t0ken,method=POST,\
         responsePath=data.value,retryBackoff=1ms"
    );
    let run = Run::script(source).args(["--secret-source", &url, "--verbose"]);
    let outcome = run.go().exits(0);
    assert_eq!(outcome.console(), vec![format!("7 true {REDACTED}"); 6]);
    assert!(!outcome.stderr.contains("hunter2") && !outcome.stderr.contains("t0ken"));
    let heads = serving.join().expect("the server has answered all");
    for head in heads {
        assert!(head.starts_with("POST /v1/db/password?raw=1 HTTP/1.1\n"), "{head}");
        assert!(head.contains("x-vault-token: t0ken"), "{head}");
    }
}

#[test]
fn the_environment_says_where_secrets_are() {
    let (address, serving) = vault(&["200 OK|four"]);
    let source = "
        import secrets from 'k6/secrets';
        export default async () => console.log((await secrets.get('a')).length);";
    let template = format!("http://{address}/{{key}}");
    let run = Run::script(source)
        .variable("K6_SECRET_SOURCE", "url")
        .variable("K6_SECRET_SOURCE_URL_URL_TEMPLATE", &template)
        .variable("K6_SECRET_SOURCE_URL_HEADER_AUTHORIZATION", "Bearer t0ken");
    assert_eq!(run.console(), ["4"]);
    assert!(serving.join().expect("it was asked")[0].contains("authorization: Bearer t0ken"));
}

#[test]
fn a_secret_that_a_server_does_not_hand_out_is_told_with_the_reason() {
    let source = "
        import secrets from 'k6/secrets';
        export default async () => {
          for (const name of ['a', 'b', 'c']) {
            console.log(await secrets.get(name).catch((error) => `${error}`));
          }
        };";
    let long = ["200 OK|", &"x".repeat(30_000)].concat();
    let answers = vec![
        "403 Forbidden",
        "302 Found\r\nLocation: http://other.test/",
        Box::leak(long.into_boxed_str()),
    ];
    let (address, serving) = vault(Box::leak(answers.into_boxed_slice()));
    let url = format!("url=urlTemplate=http://{address}/{{key}}");
    assert_eq!(
        Run::script(source).args(["--secret-source", &url]).console(),
        [
            "GoError: cannot get the secret \"a\": the server answered 403 Forbidden",
            "GoError: cannot get the secret \"b\": a redirection to another server",
            "GoError: cannot get the secret \"c\": the answer is longer than 24576 bytes",
        ]
    );
    serving.join().expect("the server has answered all");
}
