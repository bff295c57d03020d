//! `wasock:websocket/files`: there are none.

use crate::Provider;
use crate::bindings::files::Guest;

impl Guest for Provider {
    fn read(path: String, _referrer: String) -> Result<Vec<u8>, String> {
        Err(format!("cannot open \"{path}\": a test that stands alone reads no files"))
    }
}
