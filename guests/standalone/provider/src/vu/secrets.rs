//! `wasock:websocket/secrets`: there are none.

use crate::Provider;
use crate::bindings::secrets::Guest;

impl Guest for Provider {
    fn get(_source: Option<String>, _name: String) -> Result<String, String> {
        Err("there are no secrets; a test that stands alone has no source of them".to_owned())
    }
}
