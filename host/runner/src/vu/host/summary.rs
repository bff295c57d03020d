//! `wasock:websocket/summary`.

use wasmtime::Result;

use crate::metrics;
use crate::options::TimeUnit;
use crate::summary;
use crate::vu::bindings::metrics::Contents;
use crate::vu::bindings::summary::Host;
use crate::vu::state::VuState;

impl Host for VuState {
    fn text(&mut self, colours: bool, names: Vec<String>) -> Result<Option<String>> {
        Ok(self.summary.as_ref().map(|text| text(colours, &names)))
    }

    fn value(&mut self, value: f64, contents: Contents, unit: Option<String>) -> Result<String> {
        let contents = match contents {
            Contents::Default => metrics::Contents::Default,
            Contents::Time => metrics::Contents::Time,
            Contents::Data => metrics::Contents::Data,
        };
        Ok(summary::value_text(value, contents, unit.as_deref().and_then(TimeUnit::from_name)))
    }

    fn share(&mut self, share: f64) -> Result<String> {
        Ok(summary::share_text(share))
    }
}
