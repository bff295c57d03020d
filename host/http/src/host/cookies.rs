//! `wasock:websocket/cookies`.

use std::result::Result as StdResult;

use wasmtime::component::Resource;
use wasmtime::{Result, bail};

use crate::bindings::cookies::{Attributes, Host, HostJar};
use crate::cookies::CookieJar;
use crate::ctx::HttpCtxView;
use crate::limits::MAX_JARS;

impl HttpCtxView<'_> {
    fn push_jar(&mut self, jar: CookieJar) -> Result<Resource<CookieJar>> {
        if self.ctx.jars >= MAX_JARS {
            bail!("the guest has {MAX_JARS} cookie jars, which is the most");
        }
        let jar = self.table.push(jar)?;
        self.ctx.jars += 1;
        Ok(jar)
    }
}

impl Host for HttpCtxView<'_> {
    fn current(&mut self) -> Result<Resource<CookieJar>> {
        let jar = self.ctx.jar.clone();
        self.push_jar(jar)
    }
}

impl HostJar for HttpCtxView<'_> {
    fn new(&mut self) -> Result<Resource<CookieJar>> {
        let jar = CookieJar::new(&self.ctx.shared.observer);
        self.push_jar(jar)
    }

    fn cookies(
        &mut self,
        jar: Resource<CookieJar>,
        url: String,
    ) -> Result<StdResult<Vec<(String, String)>, String>> {
        Ok(self.table.get(&jar)?.cookies(&url))
    }

    fn set(
        &mut self,
        jar: Resource<CookieJar>,
        url: String,
        name: String,
        value: String,
        attributes: Attributes,
    ) -> Result<StdResult<(), String>> {
        Ok(self.table.get(&jar)?.set(&url, &name, &value, &attributes))
    }

    fn store(
        &mut self,
        jar: Resource<CookieJar>,
        url: String,
        fields: Vec<String>,
    ) -> Result<StdResult<(), String>> {
        Ok(self.table.get(&jar)?.store(&url, &fields))
    }

    fn remove(
        &mut self,
        jar: Resource<CookieJar>,
        url: String,
        name: Option<String>,
    ) -> Result<StdResult<(), String>> {
        Ok(self.table.get(&jar)?.remove(&url, name.as_deref()))
    }

    fn drop(&mut self, jar: Resource<CookieJar>) -> Result<()> {
        self.table.delete(jar)?;
        self.ctx.jars -= 1;
        Ok(())
    }
}
