//! `wasock:websocket/secrets`.

use wasmtime::Result;

use crate::vu::bindings::secrets::Host;
use crate::vu::state::VuState;

impl Host for VuState {
    fn get(
        &mut self,
        source: Option<String>,
        name: String,
    ) -> Result<std::result::Result<String, String>> {
        let value = self.run.secrets.get(source.as_deref(), &name);
        Ok(value.map_err(|error| error.to_string()))
    }
}
