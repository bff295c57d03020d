//! The JavaScript modules that are part of the program: `k6` and its kin, what they stand on (`wasock:…`), and
//! copies of libraries that scripts know from jslib.k6.io.

use url::Url;

use crate::parse::specifiers;

mod table {
    use super::ShimModule;

    include!(concat!(env!("OUT_DIR"), "/shim_table.rs"));
}

use table::{DIGEST, MODULES};

/// The server of the libraries that are embedded.
const JSLIB_HOST: &str = "jslib.k6.io";

/// One embedded module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShimModule {
    /// The specifier by which it is imported.
    pub name: &'static str,
    /// Its text, an ECMAScript module.
    pub source: &'static str,
}

impl ShimModule {
    /// What it imports, in order: specifiers, which among the shim's modules are names. They may name
    /// `wasock:native`, which the engine provides. Parses the source.
    pub fn imports(&self) -> Vec<String> {
        specifiers(self.source)
    }

    /// Whether it is a copy of a library, evaluated only in scripts that import it.
    pub fn is_library(&self) -> bool {
        self.name.starts_with("https://")
    }
}

/// All embedded modules, sorted by name.
pub fn modules() -> &'static [ShimModule] {
    MODULES
}

/// The SHA-256 of the engine and all embedded modules, in hexadecimal.
pub fn digest() -> &'static str {
    DIGEST
}

/// The embedded module of that name.
pub fn get(name: &str) -> Option<&'static ShimModule> {
    let index = MODULES.binary_search_by(|module| module.name.cmp(name)).ok()?;
    Some(&MODULES[index])
}

/// Whether scripts may import the embedded module of that name; `wasock:…` is for the shim alone.
pub fn is_public(name: &str) -> bool {
    !name.starts_with("wasock:") && get(name).is_some()
}

/// The embedded copy of a library for a URL, `https://jslib.k6.io/<name>/<version>/index.js`: the one with the
/// highest patch number among those with the same major and minor version.
pub fn library(url: &Url) -> Option<&'static str> {
    let (name, version) = library_version(url)?;
    MODULES
        .iter()
        .filter_map(|module| {
            let (found, candidate) = library_version(&Url::parse(module.name).ok()?)?;
            (found == name && candidate[..2] == version[..2]).then_some((candidate, module.name))
        })
        .max()
        .map(|(_, module)| module)
}

/// Name and version of the library that a URL names.
fn library_version(url: &Url) -> Option<(String, [u32; 3])> {
    if url.scheme() != "https" || url.host_str() != Some(JSLIB_HOST) || url.port().is_some() {
        return None;
    }
    let segments: Vec<&str> = url.path_segments()?.collect();
    let [name, version, "index.js"] = segments[..] else {
        return None;
    };
    let numbers: Vec<u32> = version.split('.').map(|n| n.parse().ok()).collect::<Option<_>>()?;
    Some((name.to_owned(), numbers.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_for_the_binary_search() {
        assert!(modules().is_sorted_by(|a, b| a.name < b.name));
    }

    #[test]
    fn every_import_of_the_shim_is_in_the_shim() {
        for module in modules() {
            for specifier in module.imports() {
                assert!(
                    specifier == "wasock:native" || get(&specifier).is_some(),
                    "{} imports {specifier}",
                    module.name
                );
            }
        }
    }

    #[test]
    fn internal_modules_are_not_public() {
        assert!(!is_public("wasock:main"));
        assert!(!is_public("k6/nothing"));
    }

    #[test]
    fn a_library_url_has_a_name_and_a_version() {
        let version = |url: &str| library_version(&Url::parse(url).expect("it is a URL"));
        assert_eq!(
            version("https://jslib.k6.io/k6-utils/1.4.0/index.js"),
            Some(("k6-utils".to_owned(), [1, 4, 0]))
        );
        assert_eq!(version("https://jslib.k6.io/k6-utils/1.4/index.js"), None);
        assert_eq!(version("https://jslib.k6.io/k6-utils/1.4.0/other.js"), None);
        assert_eq!(version("https://jslib.example/k6-utils/1.4.0/index.js"), None);
    }
}
