//! The transcripts of a test that stands alone, and what is different in them.

use std::fs;

use crate::root;

/// The lines that a guest is to write for a world: those of its transcript, with the differences that
/// `guests/standalone/differences.txt` has for it.
pub fn expected(world: &str) -> Vec<String> {
    let transcript = root().join(format!("guests/transcripts/{world}.txt"));
    let transcript = fs::read_to_string(transcript).expect("it is there");
    let mut lines: Vec<String> = transcript.lines().map(str::to_owned).collect();
    for Difference { there, here, .. } in differences(world) {
        let place = lines.iter().position(|line| *line == there);
        let place =
            place.unwrap_or_else(|| panic!("{world}: no transcript has the line {there:?}"));
        lines[place] = here;
    }
    lines
}

struct Difference {
    there: String,
    here: String,
    why: String,
}

fn differences(world: &str) -> Vec<Difference> {
    let text = fs::read_to_string(root().join("guests/standalone/differences.txt"));
    let text = text.expect("it is there");
    let mut found: Vec<Difference> = Vec::new();
    let mut of = "";
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        match (line.split_once(' '), found.last_mut()) {
            (None, _) => of = line,
            _ if of != world => {}
            (Some(("-", line)), _) => found.push(Difference {
                there: line.to_owned(),
                here: String::new(),
                why: String::new(),
            }),
            (Some(("+", line)), Some(last)) => line.clone_into(&mut last.here),
            (_, Some(last)) => last.why += line.trim(),
            (_, None) => panic!("the line {line:?} belongs to no difference"),
        }
    }
    for Difference { there, here, why } in &found {
        assert!(!here.is_empty() && !why.is_empty(), "{there:?} has no other line, or no reason");
    }
    found
}
