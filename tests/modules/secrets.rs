//! `k6/secrets`.

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
        ("vault=x", "expected file=PATH or mock=KEY=VALUE"),
        ("url=urlTemplate=https://a.test/{key}", "secrets from URLs are not in this version"),
        ("file=gone.txt", "the secrets in \"gone.txt\" cannot be read: "),
    ] {
        let run = Run::script("export default () => {};").args(["--secret-source", source]);
        let stderr = run.go().exits(104).stderr;
        assert!(stderr.starts_with("error: ") && stderr.contains(told), "{stderr}");
    }
}
