use wasock_script::{Entry, ModuleKind, load, shim};

use crate::Project;

#[tokio::test]
async fn javascript_is_passed_on_byte_for_byte() {
    let text =
        "#!/usr/bin/env wasock\r\nimport { b } from './lib/b.js'\r\nexport default () => b\t// é";
    let project = Project::new(&[("main.js", text), ("lib/b.js", "export const b = 1;")]);
    let graph = project.load("main.js").await.unwrap();
    assert_eq!(graph.entry, project.name("main.js"));
    let main = &graph.modules[0];
    assert_eq!(main.name, graph.entry);
    assert_eq!(main.source, text);
    assert_eq!(main.kind, ModuleKind::JavaScript);
    assert_eq!(main.map, None);
    assert_eq!(main.imports, [("./lib/b.js".to_owned(), project.name("lib/b.js"))]);
    assert_eq!(graph.modules[1].source, "export const b = 1;");
    assert_eq!(graph.modules.len(), 2);
}

#[tokio::test]
async fn every_form_of_import_is_followed() {
    let project = Project::new(&[
        (
            "main.js",
            "import './1.js';\nimport * as two from './2.js';\nexport { x } from './3.js';\nexport * from './4.js';\n\
             export * as five from './5.js';\nexport default () => import('./6.js');\nconst f = () => import(`./7.js`);\n\
             const g = (name) => import(name);",
        ),
        ("1.js", ""),
        ("2.js", ""),
        ("3.js", "export const x = 1;"),
        ("4.js", ""),
        ("5.js", ""),
        ("6.js", ""),
        ("7.js", ""),
    ]);
    let graph = project.load("main.js").await.unwrap();
    let specifiers: Vec<&str> =
        graph.modules[0].imports.iter().map(|(specifier, _)| specifier.as_str()).collect();
    assert_eq!(specifiers, ["./1.js", "./2.js", "./3.js", "./4.js", "./5.js", "./6.js", "./7.js"]);
    assert_eq!(graph.modules.len(), 8);
}

#[tokio::test]
async fn modules_in_a_cycle_are_loaded_once() {
    let project = Project::new(&[
        ("main.js", "import './a.js'; import './lib/../a.js'; import './main.js';"),
        ("a.js", "import './main.js'; export const a = 1;"),
    ]);
    let graph = project.load("./main.js").await.unwrap();
    assert_eq!(graph.modules.len(), 2);
    assert_eq!(graph.modules[1].imports, [("./main.js".to_owned(), graph.entry.clone())]);
}

#[tokio::test]
async fn a_text_without_a_file_imports_from_the_working_directory() {
    let project = Project::new(&[("a.js", "export const a = 1;")]);
    let entry =
        Entry::Text("import { a } from './a.js';\nexport default (): void => {};".to_owned());
    let graph = load(&entry, &project.options()).await.unwrap();
    assert_eq!(graph.entry, "file:///-");
    assert_eq!(graph.modules[0].kind, ModuleKind::TypeScript);
    let entry = Entry::Text("import { a } from './a.js';\nexport default () => a;".to_owned());
    let graph = load(&entry, &project.options()).await.unwrap();
    assert_eq!(graph.modules[0].kind, ModuleKind::JavaScript);
    assert_eq!(graph.modules[1].name, project.name("a.js"));
}

#[tokio::test]
async fn an_entry_may_be_a_file_url() {
    let project = Project::new(&[("a b.js", "export default 1;")]);
    let url = format!("file://{}/a%20b.js", project.folder.path().display());
    let graph = load(&Entry::Url(url.clone()), &project.options()).await.unwrap();
    assert_eq!(graph.entry, url);
}

#[tokio::test]
async fn json_becomes_a_module_with_a_default_export() {
    let project = Project::new(&[
        (
            "main.js",
            "import data from './data.json' with { type: 'json' }; import same from './data.json';\n\
             import text from './other' with {\n  type: 'json' }; import('./x.json', { with: { type: 'json' } });",
        ),
        ("data.json", "{\"a\": 1}"),
        ("other", "[2]"),
        ("x.json", "3"),
    ]);
    let graph = project.load("main.js").await.unwrap();
    let gap = |text: &str| " ".repeat(text.len());
    assert_eq!(
        graph.modules[0].source,
        format!(
            "import data from './data.json'{}; import same from './data.json';\n\
             import text from './other'{}\n{}; import('./x.json'{});",
            gap(" with { type: 'json' }"),
            gap(" with {"),
            gap("  type: 'json' }"),
            gap(", { with: { type: 'json' } }"),
        )
    );
    let data = graph.module(&project.name("data.json")).unwrap();
    assert_eq!(data.kind, ModuleKind::Json);
    assert_eq!(data.source, "export default JSON.parse(\"{\\\"a\\\": 1}\");\n");
    let other = graph.module(&project.name("other")).unwrap();
    assert_eq!(other.source, "export default JSON.parse(\"[2]\");\n");
    assert_eq!(graph.modules.len(), 4);
}

#[tokio::test]
async fn built_in_modules_are_named_and_not_included() {
    let Some(builtin) = shim::modules().iter().find(|module| shim::is_public(module.name)) else {
        return;
    };
    let name = builtin.name;
    let project = Project::new(&[]);
    let graph = project.load_text(&format!("import '{name}';")).await.unwrap();
    assert_eq!(graph.modules.len(), 1);
    assert_eq!(graph.modules[0].imports, [(name.to_owned(), name.to_owned())]);
    assert_eq!(graph.builtins, [name]);
}

#[tokio::test]
async fn a_library_of_another_patch_version_is_answered_offline() {
    let project = Project::new(&[]);
    for (asked, found) in [("1.4.0", "1.4.0"), ("1.4.9", "1.4.0"), ("1.1.5", "1.1.0")] {
        let found = format!("https://jslib.k6.io/k6-utils/{found}/index.js");
        if shim::get(&found).is_none() {
            continue;
        }
        let asked = format!("https://jslib.k6.io/k6-utils/{asked}/index.js");
        let graph = project.load_text(&format!("import '{asked}';")).await.unwrap();
        assert_eq!(graph.modules[0].imports, [(asked, found.clone())]);
        assert_eq!(graph.builtins, [found]);
    }
}

#[tokio::test]
async fn an_import_expression_that_cannot_be_found_is_left_to_the_run() {
    let project = Project::new(&[]);
    let graph = project
        .load_text("export default () => import('./none.js').catch(() => import('fs'));")
        .await
        .unwrap();
    assert_eq!(graph.modules[0].imports, []);
}

#[tokio::test]
async fn the_digest_covers_names_texts_and_imports() {
    let project = Project::new(&[("a.js", "1;"), ("b.js", "1;")]);
    let first = project.load_text("import './a.js';").await.unwrap().digest();
    assert_eq!(first, project.load_text("import './a.js';").await.unwrap().digest());
    assert_ne!(first, project.load_text("import './b.js';").await.unwrap().digest());
    project.write("a.js", b"2;");
    assert_ne!(first, project.load_text("import './a.js';").await.unwrap().digest());
}

#[tokio::test]
async fn loading_can_move_between_threads() {
    let project = Project::new(&[("main.js", "export default 1;")]);
    let options = project.options();
    let entry = Entry::Path("main.js".into());
    let graph = tokio::spawn(async move { load(&entry, &options).await }).await.unwrap().unwrap();
    assert_eq!(graph.modules.len(), 1);
}
