//! `wasock:websocket/environment`.

use std::hash::{BuildHasher, RandomState};

use wasmtime::{Result, bail};
use wasmtime_wasi::WasiView;

use crate::samples;
use crate::vu::bindings::environment::Host;
use crate::vu::state::VuState;

/// The most random bytes in one call, as the WIT says.
const MAX_RANDOM_BYTES: u32 = 65_536;

impl Host for VuState {
    fn variables(&mut self) -> Result<Vec<(String, String)>> {
        Ok(self.iteration.env().unwrap_or(&self.run.env).to_vec())
    }

    fn unix_time(&mut self) -> Result<u64> {
        Ok(samples::now().unsigned_abs())
    }

    fn random_seed(&mut self) -> Result<u64> {
        Ok(RandomState::new().hash_one(self.identity.in_test))
    }

    fn random_bytes(&mut self, length: u32) -> Result<Vec<u8>> {
        use wasmtime_wasi::p2::bindings::random::random::Host as _;
        use wasmtime_wasi::random::WasiRandomView as _;
        if length > MAX_RANDOM_BYTES {
            bail!("the guest asks for {length} random bytes; {MAX_RANDOM_BYTES} is the most");
        }
        let _ = self.ctx();
        let random = self.random();
        random.get_random_bytes(u64::from(length))
    }
}
