use std::fs;

use wasock_script::{Entry, Inputs, LoadOptions, load};

use crate::Project;

#[tokio::test]
async fn inputs_are_unchanged_until_a_file_changes() {
    let project = Project::new(&[
        ("main.js", "import './a.js'; export default () => import('./later.js');"),
        ("a.js", "1;"),
    ]);
    let entry = Entry::Path("main.js".into());
    let options = project.options();
    let inputs = load(&entry, &options).await.unwrap().inputs;
    let paths: Vec<_> = inputs.files.iter().map(|file| file.path.clone()).collect();
    assert_eq!(paths, ["main.js", "a.js", "later.js"].map(|name| project.path(name)));
    let kept: Inputs = serde_json::from_str(&serde_json::to_string(&inputs).unwrap()).unwrap();
    assert!(kept.unchanged(&entry, &options));

    project.write("a.js", b"2;");
    assert!(!inputs.unchanged(&entry, &options), "another text");
    project.write("a.js", b"1;");
    assert!(inputs.unchanged(&entry, &options));
    project.write("later.js", b"");
    assert!(!inputs.unchanged(&entry, &options), "a file that was missing");
    fs::remove_file(project.path("later.js")).unwrap();
    fs::remove_file(project.path("a.js")).unwrap();
    assert!(!inputs.unchanged(&entry, &options), "a file that is gone");
}

#[tokio::test]
async fn a_text_is_an_input_too() {
    let options = LoadOptions::default();
    let entry = Entry::Text("export default 1;".to_owned());
    let inputs = load(&entry, &options).await.unwrap().inputs;
    assert!(inputs.unchanged(&entry, &options));
    assert!(!inputs.unchanged(&Entry::Text("export default 2;".to_owned()), &options));
}
