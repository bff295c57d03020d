//! `wasock:websocket/shared-data`.

use std::result::Result as StdResult;
use std::sync::Arc;

use wasmtime::component::Resource;
use wasmtime::{Result, bail};

use crate::limits::{Stopped, Stops};
use crate::shared_data::{Draft, Found, SharedArray, SharedDataError};
use crate::vu::bindings::shared_data::{self as guest, Host, HostDraft, HostSharedArray};
use crate::vu::state::VuState;

/// The most arrays that one guest has in its hands, drafts included: more than scripts name, few
/// enough for a table.
const MAX_HANDLES: usize = 4096;

/// A guest's hold of an array.
pub struct Handle(Arc<SharedArray>);

impl VuState {
    fn count_array(&mut self) -> Result<()> {
        if self.arrays >= MAX_HANDLES {
            self.run.stops.count(Stopped::SharedArrays);
            bail!("the guest has {MAX_HANDLES} shared arrays, which is the most");
        }
        self.arrays += 1;
        Ok(())
    }
}

/// What a script is told of an array that it cannot have.
fn refused(stops: &Stops, error: &SharedDataError) -> String {
    if *error == SharedDataError::Full {
        stops.count(Stopped::SharedArrays);
    }
    error.to_string()
}

impl Host for VuState {
    async fn find(&mut self, name: String) -> Result<StdResult<guest::Found, String>> {
        self.count_array()?;
        let data = self.run.shared_data.clone();
        let interrupter = self.interrupter.clone();
        let found = tokio::select! {
            biased;
            found = data.find(&mut self.maker, &name) => {
                found.map_err(|error| refused(&self.run.stops, &error))
            }
            () = interrupter.interrupted() => Err("the virtual user was interrupted".to_owned()),
        };
        Ok(match found {
            Ok(Found::Complete(array)) => {
                Ok(guest::Found::Complete(self.table.push(Handle(array))?))
            }
            Ok(Found::Missing(draft)) => Ok(guest::Found::Missing(self.table.push(draft)?)),
            Err(text) => {
                self.arrays -= 1;
                Err(text)
            }
        })
    }
}

impl HostSharedArray for VuState {
    fn length(&mut self, array: Resource<Handle>) -> Result<u32> {
        Ok(u32::try_from(self.table.get(&array)?.0.len())?)
    }

    fn element(&mut self, array: Resource<Handle>, index: u32) -> Result<Option<String>> {
        Ok(self.table.get(&array)?.0.get(usize::try_from(index)?).map(str::to_owned))
    }

    fn drop(&mut self, array: Resource<Handle>) -> Result<()> {
        self.table.delete(array)?;
        self.arrays -= 1;
        Ok(())
    }
}

impl HostDraft for VuState {
    fn append(
        &mut self,
        draft: Resource<Draft>,
        elements: Vec<String>,
    ) -> Result<StdResult<(), String>> {
        let draft = self.table.get_mut(&draft)?;
        Ok(draft.append(&elements).map_err(|error| refused(&self.run.stops, &error)))
    }

    fn finish(&mut self, draft: Resource<Draft>) -> Result<Resource<Handle>> {
        let array = self.table.delete(draft)?.finish();
        Ok(self.table.push(Handle(array))?)
    }

    fn drop(&mut self, draft: Resource<Draft>) -> Result<()> {
        self.table.delete(draft)?;
        self.arrays -= 1;
        Ok(())
    }
}
