//! `k6/experimental/fs` and `k6/experimental/csv`.

use crate::common::Run;

const PRELUDE: &str = "
    import csv from 'k6/experimental/csv';
    import fs, { open, SeekMode } from 'k6/experimental/fs';
    const lost = (promise) => promise.then(() => 'found', (error) => `${error}`);
    const json = JSON.stringify;
    ";

/// What a script with these lines in its iteration says, after others at its top level.
fn console(top: &str, iteration: &str) -> Vec<String> {
    let source = format!("{PRELUDE}{top}\nexport default async () => {{ {iteration} }};");
    let csv = "name,says\r\nann,\"hello, \"\"you\"\"\"\r\nbob,\"two\nlines\"\n\ncat,\n";
    let files = [("script.js", &*source), ("data.csv", csv), ("semi.csv", "a;b\nc;\"d\"")];
    Run::files(&files).console()
}

#[test]
fn a_file_is_read_piece_by_piece_in_the_test() {
    let lines = console(
        "const file = await open('./data.csv');",
        "console.log(Object.keys(fs).join(), file.path, json(await file.stat()));
        const piece = new Uint8Array(30);
        let text = '';
        for (let n; (n = await file.read(piece)) !== null; ) text += `[${n}]` + String.fromCharCode(...piece.subarray(0, n));
        console.log(json(text));
        console.log(await file.seek(5), await file.read(piece.subarray(0, 4)), String.fromCharCode(...piece.subarray(0, 4)));
        console.log(await file.seek(-4, SeekMode.End), await file.seek(1, SeekMode.Current), await file.read(piece));
        console.log(await lost(file.seek(-1)), await lost(file.seek(0.5)), await lost(file.read([])));
        console.log(await lost(open('./data.csv')));",
    );
    assert_eq!(
        lines,
        [
            "open,SeekMode ./data.csv {\"name\":\"data.csv\",\"size\":55}",
            r#""[30]name,says\r\nann,\"hello, \"\"you\"\"[25]\"\r\nbob,\"two\nlines\"\n\ncat,\n""#,
            "5 4 says",
            "51 52 3",
            "GoError: the place -1 is outside of the file, which has 55 bytes TypeError: seek() takes \
             a whole number and one of SeekMode TypeError: the argument of read() is not a Uint8Array",
            "GoError: The \"open()\" function is only available in the init stage (i.e. the global scope)",
        ]
    );
}

#[test]
fn records_become_an_array_that_is_shared() {
    let lines = console(
        "const file = await open('data.csv');
        const rows = await csv.parse(file);
        const objects = await csv.parse(file, { asObjects: true });
        const some = await csv.parse(file, { skipFirstLine: true, toLine: 2 });
        const later = await csv.parse(file, { fromLine: 2 });
        const semi = await csv.parse(await open('semi.csv'), { delimiter: ';' });",
        "for (const array of [rows, objects, some, later, semi]) console.log(json(array));
        console.log(Array.isArray(rows), Object.isFrozen(rows[0]));",
    );
    let [ann, bob, cat] =
        [r#"["ann","hello, \"you\""]"#, r#"["bob","two\nlines"]"#, r#"["cat",""]"#];
    assert_eq!(
        lines,
        [
            format!(r#"[["name","says"],{ann},{bob},{cat}]"#),
            r#"[{"name":"ann","says":"hello, \"you\""},{"name":"bob","says":"two\nlines"},{"name":"cat","says":""}]"#
                .to_owned(),
            format!("[{ann},{bob}]"),
            format!("[{bob},{cat}]"),
            r#"[["a","b"],["c","d"]]"#.to_owned(),
            "true true".to_owned(),
        ]
    );
}

#[test]
fn a_parser_goes_from_record_to_record() {
    let lines = console(
        "const parser = new csv.Parser(await open('semi.csv'), { delimiter: ';' });",
        "for (let i = 0; i < 3; i++) console.log(json(await parser.next()));",
    );
    let record = |text: &str| format!("{{\"done\":false,\"value\":{text}}}");
    let expected = [record(r#"["a","b"]"#), record(r#"["c","d"]"#), "{\"done\":true}".to_owned()];
    assert_eq!(lines, expected);
}

#[test]
fn what_is_no_csv_is_told_with_its_line() {
    let lines = console(
        "const file = await open('data.csv');
        const lines = [];
        lines.push(await lost(csv.parse(file, { delimiter: 'o' })));
        lines.push(await lost(csv.parse(file, { delimiter: '' })));
        lines.push(await lost(csv.parse(file, { fromLine: 3, toLine: 2 })));
        lines.push(await lost(csv.parse(file, { fromLine: -1 })));
        lines.push(await lost(csv.parse({})));
        lines.push(await lost(open('gone.csv')));",
        "for (const line of lines) console.log(line);",
    );
    assert_eq!(lines[0], "found");
    assert!(lines[1].starts_with("GoError: the option 'delimiter' is ''"), "{}", lines[1]);
    assert_eq!(lines[2], "GoError: the option 'fromLine' is behind 'toLine'");
    assert!(lines[3].starts_with("GoError: the option 'fromLine' is -1"), "{}", lines[3]);
    assert!(lines[4].starts_with("TypeError: "), "{}", lines[4]);
    assert!(lines[5].starts_with("GoError: cannot open \"gone.csv\": there is no file"));
    let broken = format!(
        "{PRELUDE}export const rows = await csv.parse(await open('bad.csv'));\nexport default () => {{}};"
    );
    for (text, told) in [
        ("a,b\n\"c,d\n", "line 2: a field in quotes does not end"),
        ("a\n\nb\n\"c\"d", "line 4: text follows the quotes of a field"),
    ] {
        let outcome = Run::files(&[("script.js", &*broken), ("bad.csv", text)]).go().exits(107);
        assert!(
            outcome.stderr.contains(&format!("the CSV is malformed in {told}")),
            "{}",
            outcome.stderr
        );
    }
}
