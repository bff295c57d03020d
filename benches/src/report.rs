//! What was measured, as a table and as JSON.

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde_json::{Map, Value, json};

/// One thing that was measured.
pub struct Row {
    /// What it is.
    pub name: String,
    /// What it is to reach.
    pub goal: String,
    /// Names of columns and what stands in them. A row need not have all of them.
    pub cells: Vec<(&'static str, String)>,
    /// The numbers.
    pub data: Value,
}

/// Prints a table in Markdown, and adds the numbers to a file.
pub fn print(title: &str, rows: &[Row], json: Option<&Path>) -> Result<()> {
    let goals: &[&str] = if rows.iter().all(|row| row.goal.is_empty()) { &[] } else { &["goal"] };
    let mut columns: Vec<&str> = Vec::new();
    for (column, _) in rows.iter().flat_map(|row| &row.cells) {
        if !columns.contains(column) {
            columns.push(column);
        }
    }
    line([""].iter().chain(goals).chain(&columns).copied());
    line(vec!["---"; columns.len() + goals.len() + 1]);
    for row in rows {
        let cell = |column: &&str| {
            let found = row.cells.iter().find(|(name, _)| name == column);
            found.map_or("", |(_, text)| text.as_str())
        };
        let goal = goals.iter().map(|_| row.goal.as_str());
        line([row.name.as_str()].into_iter().chain(goal).chain(columns.iter().map(cell)));
    }
    json.map_or(Ok(()), |path| save(title, rows, path))
}

/// A number without fraction, with commas between thousands.
pub fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

/// Says what is being done.
#[expect(clippy::print_stderr, reason = "progress is not part of the table")]
pub fn say(text: &str) {
    eprintln!("{text}");
}

#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
fn line<'a>(cells: impl IntoIterator<Item = &'a str>) {
    let cells: Vec<&str> = cells.into_iter().collect();
    println!("| {} |", cells.join(" | "));
}

fn save(title: &str, rows: &[Row], path: &Path) -> Result<()> {
    let before = fs::read_to_string(path).ok();
    let mut all: Map<String, Value> =
        before.map(|text| serde_json::from_str(&text)).transpose()?.unwrap_or_default();
    let rows: Map<String, Value> =
        rows.iter().map(|row| (row.name.clone(), row.data.clone())).collect();
    all.insert(title.to_owned(), Value::Object(rows));
    fs::write(path, serde_json::to_string_pretty(&json!(all))? + "\n")?;
    Ok(())
}
