use std::fs;

use wasock_script::{Entry, MAX_FILE_SIZE, MAX_MODULES, load};

use crate::Project;

const NPM: &str =
    "paths start with \"./\", \"../\" or \"/\"; packages of npm must be bundled into the script";

async fn report(text: &str) -> String {
    Project::new(&[("main.js", text)]).report("main.js").await
}

#[tokio::test]
async fn a_missing_file_names_the_import_and_what_may_be_meant() {
    let project = Project::new(&[
        ("main.js", "\nimport { x } from './lib/missing';\n"),
        ("lib/missing.ts", ""),
    ]);
    assert_eq!(
        project.report("main.js").await,
        "The file \"<folder>/lib/missing\" does not exist\n --> main.js:2:19\n  |\n\
         2 | import { x } from './lib/missing';\n  |                   ^^^^^^^^^^^^^^^\n\
         hint: did you mean \"./lib/missing.ts\"?"
    );
    project.write("main.js", b"import './lib/missing.js'");
    assert!(
        project.report("main.js").await.ends_with("\nhint: did you mean \"./lib/missing.ts\"?")
    );
    project.write("main.js", b"import './none.js'");
    assert_eq!(
        project.report("main.js").await,
        "The file \"<folder>/none.js\" does not exist\n --> main.js:1:8\n  |\n1 | import './none.js'\n  |        ^^^^^^^^^^^"
    );
}

#[tokio::test]
async fn a_missing_entry_is_named_with_what_may_be_meant() {
    let project = Project::new(&[("script.js", "")]);
    assert_eq!(
        project.report("script").await,
        "The file \"<folder>/script\" does not exist\nhint: did you mean \"script.js\"?"
    );
}

#[tokio::test]
async fn a_directory_is_not_a_module() {
    let project = Project::new(&[("main.js", "import './lib';"), ("lib/index.js", "")]);
    assert_eq!(
        project.report("main.js").await,
        "\"<folder>/lib\" is a directory, not a file\n --> main.js:1:8\n  |\n1 | import './lib';\n  |        ^^^^^^^\n\
         hint: did you mean \"./lib/index.js\"?"
    );
}

#[tokio::test]
async fn a_file_that_is_not_text_is_refused() {
    let project = Project::new(&[("main.js", "import './b.js';")]);
    project.write("b.js", b"// ok\n// \xc3\xa9 \xff");
    assert_eq!(
        project.report("main.js").await,
        "\"b.js\" is not UTF-8 text: byte 0xff at line 2, column 6\n --> main.js:1:8\n  |\n\
         1 | import './b.js';\n  |        ^^^^^^^^"
    );
}

#[tokio::test]
async fn a_huge_file_is_refused() {
    let project = Project::new(&[("main.js", "import './b.js';")]);
    fs::File::create(project.path("b.js")).unwrap().set_len(MAX_FILE_SIZE + 1).unwrap();
    assert!(
        project.report("main.js").await.starts_with(
            "\"<folder>/b.js\" is too large: a module may have at most 67108864 bytes\n --> main.js:1:8\n"
        )
    );
}

#[tokio::test]
async fn a_syntax_error_is_shown_in_its_file() {
    let project = Project::new(&[
        ("main.js", "import './b.js';"),
        ("b.js", "const a = 1;\nconst b = a +;\n"),
    ]);
    assert_eq!(
        project.report("main.js").await,
        "Syntax error: Unexpected token\n --> b.js:2:14\n  |\n2 | const b = a +;\n  |              ^"
    );
}

#[tokio::test]
async fn an_early_error_is_a_syntax_error() {
    assert_eq!(
        report("let a = 1;\nlet a = 2;").await,
        "Syntax error: Identifier `a` has already been declared\n --> main.js:1:5\n  |\n1 | let a = 1;\n  |     ^"
    );
}

#[tokio::test]
async fn a_return_outside_of_functions_is_an_error_in_ecmascript_modules() {
    let report = report("export default 1;\nreturn;").await;
    assert!(report.starts_with("Syntax error: "), "{report}");
    assert!(report.contains("main.js:2:1"), "{report}");
}

#[tokio::test]
async fn a_syntax_error_in_typescript_is_shown_in_its_file() {
    let project = Project::new(&[("main.ts", "let a: = 1;")]);
    let report = project.report("main.ts").await;
    assert!(report.starts_with("Syntax error: Unexpected token\n --> main.ts:1:8\n"), "{report}");
}

#[tokio::test]
async fn invalid_json_is_shown_in_its_file() {
    let project = Project::new(&[("main.js", "import './d.json';"), ("d.json", "{\n  'a': 1 }")]);
    assert_eq!(
        project.report("main.js").await,
        "Invalid JSON: key must be a string\n --> d.json:2:3\n  |\n2 |   'a': 1 }\n  |   ^"
    );
}

#[tokio::test]
async fn jsx_is_refused() {
    let project = Project::new(&[("main.tsx", "export default <a/>;")]);
    assert_eq!(
        project.report("main.tsx").await,
        "\"main.tsx\" is a JSX file, which is not supported\n\
         hint: compile it to JavaScript first, for example with esbuild"
    );
}

#[tokio::test]
async fn decorators_are_refused() {
    let report = report("const d = () => {};\nexport default class { @d x() {} }").await;
    assert!(report.starts_with("Decorators are not supported\n --> main.js:2:24\n"), "{report}");
}

#[tokio::test]
async fn unknown_import_attributes_are_refused() {
    assert_eq!(
        report("import a from './a.css' with { type: 'css' };").await,
        "The import attribute type: \"css\" is not supported\n --> main.js:1:32\n  |\n\
         1 | import a from './a.css' with { type: 'css' };\n  |                                ^^^^^^^^^^^"
    );
}

#[tokio::test]
async fn two_module_systems_in_one_file_are_refused() {
    assert_eq!(
        report("import './a.js';\nmodule.exports = { a: 1 };").await,
        "\"main.js\" mixes ECMAScript module syntax with CommonJS\n --> main.js:2:1\n  |\n\
         2 | module.exports = { a: 1 };\n  | ^^^^^^^^^^^^^^\n\
         hint: use import and export throughout, in place of require and module.exports"
    );
    let report = report("const a = require('./a.js');\nexport default a;").await;
    assert!(report.contains("--> main.js:1:11\n"), "{report}");
}

#[tokio::test]
async fn a_file_is_json_or_a_script_and_not_both() {
    let project = Project::new(&[
        ("main.js", "import './a.js';\nimport a from './a.js' with { type: 'json' };"),
        ("a.js", "1"),
    ]);
    let report = project.report("main.js").await;
    assert!(
        report.starts_with(
            "\"file://<folder>/a.js\" is imported both as JSON and as a script\n --> main.js:2:15\n"
        ),
        "{report}"
    );
}

#[tokio::test]
async fn a_bare_name_is_refused_where_it_stands() {
    assert_eq!(
        report("import _ from 'lodash';").await,
        format!(
            "The moduleSpecifier \"lodash\" couldn't be recognised as something k6 supports.\n --> main.js:1:15\n  |\n\
             1 | import _ from 'lodash';\n  |               ^^^^^^^^\nhint: {NPM}"
        )
    );
    let project = Project::new(&[("main.js", "import 'helper';"), ("helper.js", "")]);
    assert!(project.report("main.js").await.ends_with("\nhint: did you mean \"./helper.js\"?"));
}

#[tokio::test]
async fn modules_that_are_not_here_are_refused_where_they_stand() {
    let report = report("import http from 'k6/grpc';").await;
    assert!(
        report.starts_with("There is no built-in module \"k6/grpc\"\n --> main.js:1:18\n"),
        "{report}"
    );
}

#[tokio::test]
async fn a_remote_module_offline_is_an_error() {
    assert_eq!(
        report("import 'https://wasock.test/a.js';").await,
        "Cannot import \"https://wasock.test/a.js\": it was never fetched, and the run is offline\n --> main.js:1:8\n  |\n\
         1 | import 'https://wasock.test/a.js';\n  |        ^^^^^^^^^^^^^^^^^^^^^^^^^^\n\
         hint: run it once with the network, or save the module beside the script"
    );
}

#[tokio::test]
async fn an_entry_url_must_be_https_or_file() {
    let project = Project::new(&[]);
    let error = load(&Entry::Url("http://a.test/s.js".to_owned()), &project.options()).await;
    assert_eq!(
        error.expect_err("it is not https").report(),
        "Cannot import \"http://a.test/s.js\": remote modules need https\nhint: try https://a.test/s.js"
    );
    let error = load(&Entry::Url("ftp://a.test/s.js".to_owned()), &project.options()).await;
    assert_eq!(
        error.expect_err("it is not https").report(),
        "The moduleSpecifier \"ftp://a.test/s.js\" couldn't be recognised as something k6 supports."
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_may_not_be_read_is_an_error() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = Project::new(&[("main.js", "import './b.js';"), ("b.js", "")]);
    fs::set_permissions(project.path("b.js"), fs::Permissions::from_mode(0o0)).unwrap();
    if fs::read(project.path("b.js")).is_ok() {
        // The superuser reads everything.
        return;
    }
    assert!(project.report("main.js").await.starts_with(
        "Cannot read \"<folder>/b.js\": Permission denied (os error 13)\n --> main.js:1:8\n"
    ));
}

#[tokio::test]
async fn a_script_has_a_largest_number_of_modules() {
    let project = Project::new(&[]);
    let mut text = String::new();
    for number in 0..MAX_MODULES {
        let name = format!("{number}.json");
        project.write(&name, b"0");
        text.push_str(&format!("import './{name}';\n"));
    }
    project.write("main.js", text.as_bytes());
    assert_eq!(
        project.report("main.js").await,
        "The script imports more than 10000 modules\n     --> main.js:10000:8\n      |\n\
         10000 | import './9999.json';\n      |        ^^^^^^^^^^^^^"
    );
}

#[tokio::test]
async fn a_file_url_of_another_computer_is_refused() {
    assert_eq!(
        report("import 'file://host/a.js';").await,
        "\"file://host/a.js\" is not the URL of a local file\n --> main.js:1:8\n  |\n\
         1 | import 'file://host/a.js';\n  |        ^^^^^^^^^^^^^^^^^^"
    );
}

#[tokio::test]
async fn an_import_of_typescript_for_commonjs_is_refused() {
    let project = Project::new(&[(
        "main.ts",
        "const b = 1;\nimport a = require('./a.js');\nexport default a;",
    )]);
    let report = project.report("main.ts").await;
    assert!(
        report.starts_with(
            "\"main.ts\" mixes ECMAScript module syntax with CommonJS\n --> main.ts:2:20\n"
        ),
        "{report}"
    );
}

#[tokio::test]
async fn code_that_is_nested_too_deep_is_an_error() {
    let report =
        report(&format!("export default {}1{};", "(".repeat(100_000), ")".repeat(100_000))).await;
    assert!(
        report
            .starts_with("The code is nested more than 10000 levels deep\n --> main.js:1:10016\n"),
        "{report}"
    );
}

#[tokio::test]
async fn no_form_of_nesting_is_too_much_for_the_parser() {
    let forms = [
        ("(", ")", 10_000),
        ("[", "]", 10_000),
        ("({a:", "})", 5_000),
        ("`${", "}`", 10_000),
        ("f(", ")", 10_000),
        ("() => {return ", "}", 5_000),
        ("(/*)*/", ")", 100_000),
        ("[\")\", ", "]", 100_000),
        ("!", "", 300_000),
        ("a => ", "", 300_000),
        ("1 + ", "", 300_000),
        ("1 ? 2 : ", "", 300_000),
        ("2 ** ", "", 300_000),
    ];
    for (open, close, levels) in forms {
        let text = format!("export default {}1{}", open.repeat(levels), close.repeat(levels));
        for name in ["main.js", "main.ts"] {
            let project = Project::new(&[(name, &text)]);
            // Right or wrong does not matter here: what counts is that there is an answer.
            let _ = project.load(name).await;
        }
    }
}
