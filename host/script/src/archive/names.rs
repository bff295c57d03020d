//! The names of a tar's entries, and the URLs that they stand for.

use std::path::{Component, Path, PathBuf};

use url::Url;
use url::form_urlencoded::{self, byte_serialize};

use super::ArchiveError;

/// The folder of files.
const FILE: &str = "file";

/// The folder of remote modules.
const HTTPS: &str = "https";

/// The folder of what has a URL that no path spells: `https://a.test/x/`, `https://a.test//x`. k6 has none.
const ESCAPED: &str = "escaped";

/// The name of the entry for a URL. None if it is of no kind that archives have.
pub(super) fn of_url(url: &str) -> Option<PathBuf> {
    let name = path_of(url)?;
    let is_read_back =
        checked(&name).is_ok_and(|name| to_url(&name).is_some_and(|again| again == url));
    if is_read_back {
        return Some(name);
    }
    Some(Path::new(ESCAPED).join(byte_serialize(url.as_bytes()).collect::<String>()))
}

fn path_of(url: &str) -> Option<PathBuf> {
    let parsed = Url::parse(url).ok()?;
    match parsed.scheme() {
        FILE => {
            let path = parsed.to_file_path().ok()?;
            let parts = path.components().filter(|part| matches!(part, Component::Normal(_)));
            Some(Path::new(FILE).join(parts.collect::<PathBuf>()))
        }
        HTTPS => Some(Path::new(HTTPS).join(url.strip_prefix("https://")?)),
        _ => None,
    }
}

/// The URL that an entry stands for. None if it stands for none.
pub(super) fn to_url(name: &Path) -> Option<String> {
    let mut parts = name.components();
    let Some(Component::Normal(folder)) = parts.next() else { return None };
    let rest = parts.as_path();
    match folder.to_str()? {
        FILE => Url::from_file_path(Path::new("/").join(rest)).ok().map(String::from),
        HTTPS => Url::parse(&format!("https://{}", rest.to_str()?)).ok().map(String::from),
        ESCAPED => {
            let (url, _) = form_urlencoded::parse(rest.to_str()?.as_bytes()).next()?;
            path_of(&url).map(|_| url.into_owned())
        }
        _ => None,
    }
}

/// A name that stays inside the archive.
///
/// # Errors
///
/// It is absolute, or goes up.
pub(super) fn checked(name: &Path) -> Result<PathBuf, ArchiveError> {
    let mut inside = PathBuf::new();
    for part in name.components() {
        match part {
            Component::Normal(part) => inside.push(part),
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::ParentDir => {
                return Err(ArchiveError::Escapes { name: name.display().to_string() });
            }
        }
    }
    Ok(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_urls_stand_for_each_other() {
        let pairs = [
            ("file:///test/a%20b%23.js", "file/test/a b#.js"),
            ("https://a.test/x/y.js?v=1", "https/a.test/x/y.js?v=1"),
            ("https://a.test:8443/x", "https/a.test:8443/x"),
            ("https://a.test/x/", "escaped/https%3A%2F%2Fa.test%2Fx%2F"),
            ("https://a.test//x", "escaped/https%3A%2F%2Fa.test%2F%2Fx"),
            ("https://a.test/?q=/../x", "escaped/https%3A%2F%2Fa.test%2F%3Fq%3D%2F..%2Fx"),
        ];
        for (url, name) in pairs {
            assert_eq!(of_url(url), Some(PathBuf::from(name)));
            assert_eq!(to_url(Path::new(name)).as_deref(), Some(url));
        }
        assert_eq!(of_url("http://a.test/x"), None);
        assert_eq!(to_url(Path::new("other/x.js")), None);
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        assert_eq!(checked(Path::new("./file/a")).unwrap(), Path::new("file/a"));
        for name in ["/etc/passwd", "../x", "file/../../x"] {
            let error = checked(Path::new(name)).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("the archive has an entry \"{name}\", which leads out of it")
            );
        }
    }
}
