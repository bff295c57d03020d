//! Whether compiled code in a folder can be run: it is machine code, and nobody looks into it again.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use thiserror::Error;

/// Why what is in a folder is not used.
#[derive(Debug, Error)]
enum Distrust {
    /// Somebody else could have put it there.
    #[error("others may write to it")]
    Writable,
    /// Somebody else has made it.
    #[error("it belongs to somebody else")]
    Foreign,
}

/// Whether nobody but this user, and the one who may do everything, can have written what is in a cache, and makes the
/// folder if it is not there. It is told why one is not used.
pub(crate) fn is_trusted(cache: &Path) -> bool {
    // A home that cannot be written to costs time at the next start, nothing else.
    let _ = make(cache);
    let distrusted = |path: &Path| check(path).err().map(|reason| (path.to_owned(), reason));
    let folders = [cache.to_owned(), cache.join(crate::store::COMPONENTS)];
    match folders.iter().find_map(|folder| distrusted(folder)) {
        None => true,
        Some((folder, reason)) => {
            tell(&folder, &reason);
            false
        }
    }
}

/// Whether a file in a cache can be trusted too.
pub(crate) fn is_own(path: &Path) -> bool {
    check(path).is_ok()
}

/// Tells it once: a test of several programs asks for each of them.
fn tell(folder: &Path, reason: &Distrust) {
    static TOLD: AtomicBool = AtomicBool::new(false);
    if TOLD.swap(true, Ordering::Relaxed) {
        return;
    }
    let folder = folder.display();
    tracing::warn!(
        "nothing is kept in \"{folder}\", and nothing of it is used, since {reason}; hint: take it from them \
         (chmod 700), or name another folder with WASOCK_CACHE_DIR"
    );
}

/// Makes a folder so that nobody else gets in.
pub(crate) fn make(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// What is not there is nobody's.
#[cfg(unix)]
fn check(path: &Path) -> Result<(), Distrust> {
    use std::os::unix::fs::MetadataExt as _;

    /// The bits of a mode that let others write.
    const OTHERS_WRITE: u32 = 0o022;

    let Ok(found) = fs::metadata(path) else { return Ok(()) };
    let is_root = found.uid() == 0;
    if !is_root && found.uid() != rustix::process::geteuid().as_raw() {
        return Err(Distrust::Foreign);
    }
    match found.mode() & OTHERS_WRITE {
        0 => Ok(()),
        _ => Err(Distrust::Writable),
    }
}

/// Elsewhere the folder is in the user's own profile, which the system keeps to that user.
#[cfg(not(unix))]
fn check(path: &Path) -> Result<(), Distrust> {
    let _ = fs::metadata(path);
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_folder_that_others_can_write_to_is_not_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("deep/cache");
        let components = cache.join(crate::store::COMPONENTS);
        assert!(is_trusted(&cache));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&cache), 0o700);
        fs::create_dir(&components).unwrap();
        let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));
        for (path, mode, trusted) in [
            (&cache, 0o755, true),
            (&cache, 0o775, false),
            (&cache, 0o1777, false),
            (&components, 0o702, false),
        ] {
            set(path, mode).unwrap();
            assert_eq!(is_trusted(&cache), trusted, "{mode:o}");
            set(path, 0o700).unwrap();
        }
    }
}
