use wasock_script::ModuleKind;

use crate::Project;

#[tokio::test]
async fn a_commonjs_module_is_wrapped_and_its_requires_are_imports() {
    let project = Project::new(&[
        ("main.js", "const { a } = require('./a.js');\nexports.default = () => a;"),
        ("a.js", "module.exports = { a: 1 };"),
    ]);
    let graph = project.load("main.js").await.unwrap();
    let main = &graph.modules[0];
    assert_eq!(main.kind, ModuleKind::CommonJs);
    assert_eq!(
        main.imports,
        [
            ("wasock:commonjs".to_owned(), "wasock:commonjs".to_owned()),
            ("./a.js".to_owned(), project.name("a.js")),
        ]
    );
    assert_eq!(main.source.lines().count(), 3);
    assert_eq!(main.source.lines().nth(1), Some("exports.default = () => a;"));
    assert_eq!(graph.modules[1].kind, ModuleKind::CommonJs);
    assert_eq!(graph.builtins, ["wasock:commonjs"]);
}

#[tokio::test]
async fn positions_in_the_first_line_are_corrected() {
    let project = Project::new(&[("main.js", "exports.a = b();\nc();")]);
    let graph = project.load("main.js").await.unwrap();
    let source = &graph.modules[0].source;
    let column = u32::try_from(source.find("b()").unwrap() + 1).unwrap();
    let name = project.name("main.js");
    assert_eq!(graph.remap(&format!("({name}:1:{column})")), format!("({name}:1:13)"));
    assert_eq!(graph.remap(&format!("({name}:2:1)")), format!("({name}:2:1)"));
}

#[tokio::test]
async fn typescript_can_be_commonjs() {
    let project = Project::new(&[
        ("main.ts", "const x: number = require('./a.js');\nexports.x = x;"),
        ("a.js", "module.exports = 1;"),
    ]);
    let graph = project.load("main.ts").await.unwrap();
    let main = &graph.modules[0];
    assert_eq!(main.kind, ModuleKind::CommonJs);
    let column = u32::try_from(
        main.source.find("require('").or_else(|| main.source.find("require(\"")).unwrap() + 1,
    )
    .unwrap();
    assert_eq!(main.map.as_ref().unwrap().original(1, column), Some((1, 19)));
}

#[tokio::test]
async fn a_require_that_may_not_run_is_left_to_the_run() {
    let project = Project::new(&[]);
    let graph = project
        .load_text("try { require('crypto') } catch {}\nexports.f = () => require('./none.js');\nif (0) return;")
        .await
        .unwrap();
    assert_eq!(graph.modules[0].imports.len(), 1);
    assert_eq!(graph.modules[0].source.matches("import ").count(), 1);
    assert_eq!(graph.modules[0].kind, ModuleKind::CommonJs);
}

#[tokio::test]
async fn names_of_its_own_do_not_make_a_module_commonjs() {
    let project = Project::new(&[]);
    let graph = project
        .load_text("const require = (x) => x; const module = {};\nmodule.exports = require('x');")
        .await
        .unwrap();
    assert_eq!(graph.modules[0].kind, ModuleKind::JavaScript);
    let graph = project
        .load_text("if (typeof module !== 'undefined') module.exports = 1;\nexport default 1;")
        .await
        .unwrap();
    assert_eq!(graph.modules[0].kind, ModuleKind::JavaScript);
}
