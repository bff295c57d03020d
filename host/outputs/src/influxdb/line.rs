//! The line protocol: `measurement,tag=value field=value time`.

use std::io::Write as _;

use wasock_runner::metrics::Tags;

/// What the value of a tag becomes as a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldKind {
    String,
    Int,
    Float,
    Bool,
}

impl FieldKind {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::String,
            "int" => Self::Int,
            "float" => Self::Float,
            "bool" => Self::Bool,
            _ => return None,
        })
    }
}

/// The tags that become fields, which InfluxDB does not index.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Fields(Vec<(String, FieldKind)>);

impl Fields {
    /// Adds a tag. False if it is there already.
    pub(super) fn add(&mut self, tag: &str, kind: FieldKind) -> bool {
        let is_new = self.of(tag).is_none();
        if is_new {
            self.0.push((tag.to_owned(), kind));
        }
        is_new
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    fn of(&self, tag: &str) -> Option<FieldKind> {
        self.0.iter().find(|(name, _)| name == tag).map(|(_, kind)| *kind)
    }
}

/// Adds lines to a text.
pub(super) struct Lines<'a> {
    out: &'a mut Vec<u8>,
    fields: &'a Fields,
}

impl<'a> Lines<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>, fields: &'a Fields) -> Self {
        Self { out, fields }
    }

    /// Adds a line. `time` is in the unit that the server is told.
    pub(super) fn add(&mut self, metric: &str, tags: &Tags, value: f64, time: i64) {
        // Names of metrics have no character that would need escaping.
        self.out.extend_from_slice(metric.as_bytes());
        for (name, text) in tags.iter() {
            // A tag without value is an error to InfluxDB.
            if !text.is_empty() && !name.is_empty() && self.fields.of(name).is_none() {
                self.out.push(b',');
                self.name(name);
                self.out.push(b'=');
                self.name(text);
            }
        }
        self.out.push(b' ');
        for (name, text) in tags.iter() {
            if let Some(kind) = self.fields.of(name) {
                self.name(name);
                self.out.push(b'=');
                self.field(text, kind);
                self.out.push(b',');
            }
        }
        // Writing to memory cannot fail.
        let _ = writeln!(self.out, "value={value} {time}");
    }

    /// A name or the value of a tag. The protocol has no way to write a line break in it, nor a backslash at
    /// its end, which would escape what follows.
    fn name(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                b',' | b'=' | b' ' => self.out.extend([b'\\', byte]),
                b'\n' => self.out.extend(b"\\n"),
                _ => self.out.push(byte),
            }
        }
        if text.ends_with('\\') {
            self.out.extend(b"\\ ");
        }
    }

    fn field(&mut self, text: &str, kind: FieldKind) {
        match kind {
            FieldKind::Int if text.parse::<i64>().is_ok() => {
                self.out.extend_from_slice(text.as_bytes());
                self.out.push(b'i');
            }
            FieldKind::Float if text.parse::<f64>().is_ok_and(f64::is_finite) => {
                self.out.extend_from_slice(text.as_bytes());
            }
            FieldKind::Bool if ["true", "false"].contains(&text) => {
                self.out.extend_from_slice(text.as_bytes());
            }
            _ => self.text(text),
        }
    }

    fn text(&mut self, text: &str) {
        self.out.push(b'"');
        for byte in text.bytes() {
            if byte == b'"' || byte == b'\\' {
                self.out.push(b'\\');
            }
            self.out.push(byte);
        }
        self.out.push(b'"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(tags: &[(&str, &str)], fields: &[(&str, FieldKind)], value: f64) -> String {
        let mut all = Fields::default();
        for (name, kind) in fields {
            assert!(all.add(name, *kind));
        }
        let mut out = Vec::new();
        Lines::new(&mut out, &all).add("ws_ping", &tags.iter().copied().collect(), value, 12);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_has_tags_and_a_value() {
        assert_eq!(line(&[], &[], 1.0), "ws_ping value=1 12\n");
        let tags = [("b", "2"), ("a", "1"), ("empty", "")];
        assert_eq!(line(&tags, &[], 0.25), "ws_ping,a=1,b=2 value=0.25 12\n");
    }

    #[test]
    fn tags_can_be_fields() {
        let tags = [("n", "7"), ("f", "1.5"), ("b", "true"), ("t", "x\"\\y"), ("g", "")];
        let fields = [
            ("n", FieldKind::Int),
            ("f", FieldKind::Float),
            ("b", FieldKind::Bool),
            ("t", FieldKind::String),
        ];
        assert_eq!(
            line(&tags, &fields, 1.0),
            "ws_ping b=true,f=1.5,n=7i,t=\"x\\\"\\\\y\",value=1 12\n"
        );
        let fields = fields.map(|(name, _)| (name, FieldKind::Int));
        let text = line(&tags[1..3], &fields, 1.0);
        assert_eq!(text, "ws_ping b=\"true\",f=\"1.5\",value=1 12\n");
    }

    #[test]
    fn what_has_a_meaning_is_escaped() {
        let tags = [("a b", "1,2=3"), ("c", "line\nbreak"), ("d", "end\\")];
        assert_eq!(
            line(&tags, &[], 1.0),
            "ws_ping,a\\ b=1\\,2\\=3,c=line\\nbreak,d=end\\\\  value=1 12\n"
        );
    }
}
