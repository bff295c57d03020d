//! `Blob`: what it is made of, and what can be read from it.

use crate::common::Run;

#[track_caller]
fn console(function: &str) -> Vec<String> {
    Run::case("blob", function).console()
}

#[test]
fn a_blob_joins_parts_of_every_kind() {
    let names = [
        "string",
        "strings",
        "ArrayBuffer",
        "Blob",
        "DataView",
        "mixed",
        "Int8Array",
        "Uint8Array",
        "Uint8ClampedArray",
        "Int16Array",
        "Uint16Array",
        "Int32Array",
        "Uint32Array",
        "Float32Array",
    ];
    let mut lines: Vec<_> = names.iter().map(|name| format!("{name} 80,65,83,83")).collect();
    lines.push("Float64Array 0,0,0,0,0,0,240,63".to_owned());
    assert_eq!(console("parts"), lines);
}

#[test]
fn a_blob_takes_only_the_bytes_that_a_view_shows() {
    assert_eq!(console("subviews"), ["2,3"]);
}

#[test]
fn strings_become_utf_8_and_other_values_strings() {
    assert_eq!(console("strings"), ["11 a\u{fffd}", "1null[object Object]"]);
}

#[test]
fn a_blob_has_a_type_in_lower_case_and_a_size() {
    assert_eq!(console("attributes"), ["text/example 4 [object Blob] true", r#"[0,"",""]"#]);
}

#[test]
fn array_buffer_bytes_and_text_are_promises_of_copies() {
    assert_eq!(console("reading"), ["true true 80,65,83,83 PASS", "PASS", "true"]);
}

#[test]
fn slices_count_from_both_ends_and_stay_inside() {
    assert_eq!(
        console("slices"),
        [
            r#"["PASS",""]"#,
            r#"["ASS",""]"#,
            r#"["P",""]"#,
            r#"["P","text/example"]"#,
            r#"["SS",""]"#,
            r#"["P",""]"#,
            r#"["",""]"#,
            r#"["",""]"#,
            r#"["ASS",""]"#,
            "S",
        ]
    );
}

#[test]
fn a_stream_gives_the_bytes_once_and_the_blob_keeps_them() {
    assert_eq!(console("streams"), ["PASS false true", "PASS", "PASS"]);
}

#[test]
fn wrong_arguments_are_type_errors() {
    assert_eq!(console("refused"), [["TypeError"; 6].join(",")]);
}
