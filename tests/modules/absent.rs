//! Modules of k6 that are not here.

use crate::common::Run;

#[test]
fn modules_for_other_work_say_what_to_do_instead() {
    let cases = [
        ("k6/browser", "wasock drives no browser"),
        ("k6/net/grpc", "wasock tests WebSocket services"),
        ("k6/html", "regular expressions"),
        ("k6/experimental/streams", "k6/experimental/csv"),
        ("k6/experimental/redis", "SharedArray"),
        ("k6/experimental/webcrypto", "the global crypto"),
    ];
    for (module, instead) in cases {
        let source = format!("import * as it from '{module}';\nexport default () => it;\n");
        let outcome = Run::path("s.js").beside("s.js", &source).go().exits(107);
        let message =
            format!("error: The module \"{module}\" of k6 is not in this version of wasock");
        assert!(outcome.stderr.starts_with(&message), "{}", outcome.stderr);
        let hint = outcome.stderr.lines().find(|line| line.starts_with("hint: "));
        assert!(hint.is_some_and(|hint| hint.contains(instead)), "{}", outcome.stderr);
    }
}
