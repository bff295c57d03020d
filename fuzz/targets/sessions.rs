//! See `wasock_sockets::fuzzing::sessions`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wasock_sockets::fuzzing::sessions(data));
