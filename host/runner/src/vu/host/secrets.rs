//! `wasock:websocket/secrets`.

use wasmtime::Result;

use crate::vu::bindings::secrets::Host;
use crate::vu::state::VuState;

impl Host for VuState {
    async fn get(
        &mut self,
        source: Option<String>,
        name: String,
    ) -> Result<std::result::Result<String, String>> {
        tokio::select! {
            biased;
            value = self.run.secrets.get(source.as_deref(), &name) => {
                Ok(value.map_err(|error| error.to_string()))
            }
            // The guest goes no further, whatever it is told.
            () = self.interrupter.interrupted() => Ok(Err("the iteration was interrupted".to_owned())),
        }
    }
}
