//! `wasock:websocket/files`.

use wasmtime::Result;

use crate::limits::Stopped;
use crate::vu::bindings::files::Host;
use crate::vu::state::VuState;

impl Host for VuState {
    async fn read(
        &mut self,
        path: String,
        referrer: String,
    ) -> Result<std::result::Result<Vec<u8>, String>> {
        let files = self.run.files.clone();
        // Disks can be slow, and other virtual users have work on this thread.
        let content = tokio::task::spawn_blocking(move || files.read(&path, &referrer)).await?;
        Ok(content.map(|content| content.to_vec()).map_err(|error| {
            if error.problem().is_refusal() {
                self.run.stops.count(Stopped::Files);
            }
            error.for_script()
        }))
    }
}
