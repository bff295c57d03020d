//! See `wasock_script::fuzzing::archive`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wasock_script::fuzzing::archive(data));
