//! What a compiled script says of itself, in a custom section.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::SourceMaps;
use crate::source_map::MAX_NAME;

/// The custom section in which a compiled script says what it was made from.
pub(crate) const SECTION: &str = "wasock-script";

/// The largest section that is read, in bytes: the maps of as much TypeScript as a module may have take no more. Without
/// it positions in stack traces are those of the compiled script.
const MAX_SECTION: usize = 64 << 20;

/// What is known of a script besides its code.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// The name of its first module, a URL.
    pub(crate) name: String,
    pub(crate) maps: SourceMaps,
}

impl Origin {
    /// Writes it behind a component.
    pub(crate) fn append_to(&self, wasm: &mut Vec<u8>) {
        let json = serde_json::to_vec(self).expect("an origin is plain data");
        let section = wasm_encoder::CustomSection { name: SECTION.into(), data: Cow::Owned(json) };
        wasm_encoder::ComponentSection::append_to_component(&section, wasm);
    }

    /// What a section says. Anybody can have written it: what no script says of itself is left out.
    pub(crate) fn read(section: &[u8]) -> Option<Self> {
        if section.len() > MAX_SECTION {
            return None;
        }
        let origin: Self = serde_json::from_slice(section).ok()?;
        let is_name = !origin.name.is_empty()
            && origin.name.len() <= MAX_NAME
            && !origin.name.contains(char::is_control);
        (is_name && origin.maps.are_sound()).then_some(origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_script_says_of_itself_is_left_out() {
        let section = |name: &str, map: &str| {
            format!(
                r#"{{"name": {name:?}, "maps": {{{map:?}: {{"first_line_offset": 0, "mappings": []}}}}}}"#
            )
        };
        let read = |name: &str, map: &str| Origin::read(section(name, map).as_bytes());
        assert_eq!(read("file:///a.ts", "file:///a.ts").expect("it is sound").name, "file:///a.ts");
        for (name, map) in [("", "file:///a.ts"), ("a\nb", "file:///a.ts"), ("file:///a.ts", "")] {
            assert!(read(name, map).is_none(), "{name:?} {map:?}");
        }
        assert!(Origin::read(b"{}").is_none());
        assert!(Origin::read(&vec![b' '; MAX_SECTION + 1]).is_none());
    }
}
