//! See `wasock_sockets::fuzzing::frames`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wasock_sockets::fuzzing::frames(data));
