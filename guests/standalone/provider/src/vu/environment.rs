//! `wasock:websocket/environment`.

use wasip2::cli::environment::get_environment;
use wasip2::clocks::wall_clock;
use wasip2::random::{insecure_seed, random};

use crate::Provider;
use crate::bindings::environment::Guest;

/// The most random bytes in one call, as the WIT says.
const MAX_RANDOM_BYTES: u32 = 65_536;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

impl Guest for Provider {
    fn variables() -> Vec<(String, String)> {
        get_environment()
    }

    fn unix_time() -> u64 {
        unix_nanos()
    }

    fn random_seed() -> u64 {
        insecure_seed::insecure_seed().0
    }

    fn random_bytes(length: u32) -> Vec<u8> {
        assert!(
            length <= MAX_RANDOM_BYTES,
            "the guest asks for {length} random bytes; {MAX_RANDOM_BYTES} is the most"
        );
        random::get_random_bytes(u64::from(length))
    }
}

/// Nanoseconds since 1970 on the wall clock of the host.
pub(super) fn unix_nanos() -> u64 {
    let now = wall_clock::now();
    now.seconds * NANOS_PER_SECOND + u64::from(now.nanoseconds)
}
