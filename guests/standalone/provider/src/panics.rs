//! Panics, told on standard error: `wasm32-unknown-unknown` itself tells nobody.

use std::io::Write;
use std::panic;
use std::sync::Once;

use wasip2::cli::stderr;

/// Lets panics be told, from the first call on.
pub(crate) fn tell() {
    static SET: Once = Once::new();
    SET.call_once(|| {
        panic::set_hook(Box::new(|panic| {
            let text = panic.payload_as_str().unwrap_or_default();
            let place = panic.location().map(|place| format!(" ({place})")).unwrap_or_default();
            let line = format!("error: the test is stopped: {text}{place}\n");
            let _ = stderr::get_stderr().write_all(line.as_bytes());
        }));
    });
}
