//! See `wasock_runner::fuzzing::options`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wasock_runner::fuzzing::options(data));
