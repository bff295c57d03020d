//! What fuzz targets run, and tests run again on the inputs in `fuzz/corpus`.

use std::path::{Component, Path, PathBuf};

use tar::{Builder, EntryType, Header};
use url::Url;

use crate::archive::Archive;
use crate::resolve::{Location, Target, local_path, resolve, resolve_entry};
use crate::shim;

/// A base, and behind the first line break a specifier: what it stands for is something that a module at
/// that base may have.
pub fn resolver(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (base, specifier) = text.split_once('\n').unwrap_or(("", &text));
    let referrer = referrer(base);
    if let Ok(target) = resolve(specifier, &referrer) {
        check(&target, &referrer);
    }
    if let Ok(location) = resolve_entry(specifier, Path::new("/work")) {
        check(&Target::Module(location), &Location::Text(PathBuf::from("/work")));
    }
}

fn referrer(base: &str) -> Location {
    match Url::parse(base) {
        Ok(url) if url.scheme() == "https" => Location::Remote(url),
        _ if base == "-" => Location::Text(PathBuf::from("/work")),
        _ => Location::File(crate::normal_path(&Path::new("/work").join(base))),
    }
}

fn check(target: &Target, referrer: &Location) {
    match target {
        Target::Builtin(name) => {
            assert!(
                shim::modules().iter().any(|module| module.name == *name),
                "there is no {name}"
            );
        }
        Target::Module(Location::Remote(url)) => assert_eq!(url.scheme(), "https"),
        Target::Module(Location::File(path)) => {
            assert!(!matches!(referrer, Location::Remote(_)), "{path:?} from {referrer:?}");
            is_plain(path);
            let name = Location::File(path.clone()).name();
            assert_eq!(local_path(&name).as_ref(), Some(path), "the name {name}");
        }
        Target::Module(location) => panic!("an import of {location:?}"),
    }
}

/// Absolute, and without `.` and `..`.
fn is_plain(path: &Path) {
    let mut parts = path.components();
    assert_eq!(parts.next(), Some(Component::RootDir), "{path:?}");
    assert!(parts.all(|part| matches!(part, Component::Normal(_))), "{path:?}");
}

/// A tar, or what one is made of: what is read from it stays inside, and is written and read the same.
pub fn archive(data: &[u8]) {
    let (made, rest) =
        data.split_first().map_or((false, data), |(first, rest)| (*first < 0x80, rest));
    let bytes = if made { tar_of(rest) } else { rest.to_vec() };
    let Ok(archive) = Archive::read(&*bytes) else { return };
    archive.local_files().keys().for_each(|path| is_plain(path));
    is_plain(&archive.working_directory());
    let written = archive.write(Vec::new()).expect("what was read can be written");
    let again = Archive::read(&*written).expect("what was written can be read");
    assert_eq!(again, archive);
}

/// A tar of entries whose names, kinds and contents are in these lines, and of what every archive has.
fn tar_of(lines: &[u8]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    let metadata = br#"{"type":"js","options":{},"filename":"file:///s.js","env":{"a":"b"}}"#;
    append(&mut builder, b"metadata.json", EntryType::Regular, metadata);
    append(&mut builder, b"data", EntryType::Regular, b"export default () => {}");
    let mut lines = lines.split(|byte| *byte == b'\n');
    while let Some(name) = lines.next() {
        let kind =
            EntryType::new(lines.next().and_then(|line| line.first()).copied().unwrap_or(b'0'));
        append(&mut builder, name, kind, lines.next().unwrap_or_default());
    }
    builder.into_inner().expect("memory can be written")
}

fn append(builder: &mut Builder<Vec<u8>>, name: &[u8], kind: EntryType, content: &[u8]) {
    let mut header = Header::new_gnu();
    let field = &mut header.as_mut_bytes()[..100];
    let length = name.len().min(field.len());
    field[..length].copy_from_slice(&name[..length]);
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    builder.append(&header, content).expect("memory can be written");
}

#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::replay;

    #[test]
    fn resolver() {
        replay::corpus("resolver", super::resolver);
    }

    #[test]
    fn archive() {
        replay::corpus("archive", super::archive);
    }
}
