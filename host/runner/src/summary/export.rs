//! The file of `--summary-export`.

use serde::Serialize as _;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Map, Value, json};

use super::Summary;
use super::data::{by_name, check, id};
use crate::metrics::{Group, Kind};

impl Summary<'_> {
    /// The contents of the file: groups and checks by name, and metrics as flat maps of numbers. Its
    /// thresholds say whether they were crossed, so true means failed.
    pub fn export(&self) -> Value {
        let mut export = json!({
            "metrics": self.flat_metrics(),
            "root_group": group(self.results.root_group()),
        });
        if let (Some(setup_data), Some(export)) = (self.setup_data, export.as_object_mut()) {
            export.insert("setup_data".to_owned(), setup_data.clone());
        }
        self.add_shortcomings(&mut export);
        export
    }

    /// The file itself: JSON, indented by four spaces.
    pub fn export_text(&self) -> String {
        let mut out = Vec::new();
        let mut serializer =
            Serializer::with_formatter(&mut out, PrettyFormatter::with_indent(b"    "));
        self.export()
            .serialize(&mut serializer)
            .expect("JSON values can always be written to memory");
        String::from_utf8(out).expect("JSON is UTF-8")
    }

    fn flat_metrics(&self) -> Map<String, Value> {
        let metrics = by_name(self.results).into_iter();
        let flat = metrics.map(|(name, metric, sink)| {
            let mut values = self.values(sink);
            if metric.kind == Kind::Rate
                && let Some(rate) = values.shift_remove("rate")
            {
                values.insert("value".to_owned(), rate);
            }
            if let Some(result) = self.thresholds.of(&name) {
                let crossed = result.thresholds.iter();
                let crossed = crossed.map(|one| (one.threshold.clone(), Value::Bool(!one.ok)));
                values.insert("thresholds".to_owned(), Value::Object(crossed.collect()));
            }
            (name, Value::Object(values))
        });
        flat.collect()
    }
}

fn group(of: &Group) -> Value {
    let groups = of.groups().iter().map(|one| (one.name().to_owned(), group(one)));
    let checks = of.checks().iter().map(|one| (one.name.to_string(), check(one, of)));
    json!({
        "name": of.name(),
        "path": of.path(),
        "id": id(of.path()),
        "groups": groups.collect::<Map<_, _>>(),
        "checks": checks.collect::<Map<_, _>>(),
    })
}
