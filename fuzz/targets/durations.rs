//! See `wasock_runner::fuzzing::durations`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wasock_runner::fuzzing::durations(data));
