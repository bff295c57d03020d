//! See `wasock_script::fuzzing::resolver`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wasock_script::fuzzing::resolver(data));
