use wasock_script::ModuleKind;

use crate::Project;

async fn translated(text: &str) -> String {
    let project = Project::new(&[("main.ts", text)]);
    project.load("main.ts").await.unwrap().modules.swap_remove(0).source
}

#[tokio::test]
async fn types_vanish_and_imports_that_only_serve_them() {
    let project = Project::new(&[
        (
            "main.ts",
            "import { type A, b } from './a.ts';\nimport { Only } from './types';\nimport type { T } from './none.ts';\n\
             import * as unused from './unused.ts';\nimport './effect.ts';\n\
             export default function (x: Only): T | A { return b as unknown as T; }\n",
        ),
        ("a.ts", "export type A = 1; export const b: number = 1;"),
        ("effect.ts", ""),
    ]);
    let graph = project.load("main.ts").await.unwrap();
    assert_eq!(
        graph.modules[0].source,
        "import { b } from \"./a.ts\";\nimport \"./effect.ts\";\nexport default function(x) {\nreturn b;\n}\n"
    );
    assert_eq!(graph.modules[0].kind, ModuleKind::TypeScript);
    assert_eq!(graph.modules.len(), 3);
}

#[tokio::test]
async fn enums_namespaces_and_parameter_properties_work() {
    let source = translated(
        "enum Colour { Red, Green = 'g', Both = Red | 4 }\nconst enum Size { Big = 1 }\n\
         namespace N { export const x = Size.Big; }\n\
         class P { constructor(private readonly y: number, public z = 1) {} }\nexport { Colour, N, P };",
    )
    .await;
    assert!(source.contains("Colour[Colour[\"Red\"] = 0] = \"Red\""), "{source}");
    assert!(source.contains("Colour[\"Green\"] = \"g\""), "{source}");
    assert!(source.contains("N.x = "), "{source}");
    assert!(source.contains("this.y = y"), "{source}");
    assert!(source.contains("this.z = z"), "{source}");
}

#[tokio::test]
async fn a_script_that_is_only_typescript_is_taken_as_such() {
    let project = Project::new(&[]);
    let graph =
        project.load_text("export default function (x: number) { return x; }").await.unwrap();
    assert_eq!(graph.modules[0].kind, ModuleKind::TypeScript);
}

#[tokio::test]
async fn a_module_of_types_alone_is_empty() {
    assert_eq!(translated("export interface A { b: string }").await, "export {};\n");
}

#[tokio::test]
async fn import_attributes_do_not_reach_the_engine() {
    let project = Project::new(&[
        (
            "main.ts",
            "import d from './d.json' with { type: 'json' };\nexport { default } from './d.json' with { type: 'json' };\n\
             export const f = () => import('./d.json', { with: { type: 'json' } });\nexport const e: number = d;",
        ),
        ("d.json", "1"),
    ]);
    let graph = project.load("main.ts").await.unwrap();
    assert!(!graph.modules[0].source.contains("with"), "{}", graph.modules[0].source);
    assert_eq!(graph.modules.len(), 2);
}

#[tokio::test]
async fn positions_lead_back_to_the_typescript_source() {
    let text = "interface A {\n  b: string;\n}\n\nexport default function run(a: A): never {\n    \
                throw new Error(a.b);\n}\n";
    let project = Project::new(&[("main.ts", text)]);
    let graph = project.load("main.ts").await.unwrap();
    let source = &graph.modules[0].source;
    let (line, column) = position(source, "new Error");
    assert_eq!((line, column), (2, 7));
    let map = graph.modules[0].map.as_ref().unwrap();
    assert_eq!(map.original(line, column), Some((6, 11)));
    let name = project.name("main.ts");
    assert_eq!(
        graph.remap(&format!("Error: x\n    at run ({name}:2:7)\n    at other ({name}.js:2:8)")),
        format!("Error: x\n    at run ({name}:6:11)\n    at other ({name}.js:2:8)")
    );
}

#[tokio::test]
async fn positions_after_text_that_is_not_ascii_are_right() {
    let text = "type T = 1;\nexport const s = '😀é', f = () => fail();\n";
    let project = Project::new(&[("main.ts", text)]);
    let graph = project.load("main.ts").await.unwrap();
    let (line, column) = position(&graph.modules[0].source, "fail");
    let map = graph.modules[0].map.as_ref().unwrap();
    assert_eq!(map.original(line, column), Some((2, 34)));
}

/// Line and column of a text, as the engine counts: from one, columns in bytes.
fn position(source: &str, text: &str) -> (u32, u32) {
    let at = source.find(text).unwrap();
    let line_start = source[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = source[..at].matches('\n').count() + 1;
    (line.try_into().unwrap(), (at - line_start + 1).try_into().unwrap())
}
