//! `wasock:websocket/types`.

use crate::bindings::types;
use crate::ctx::SocketsCtxView;
use crate::error::SocketError;

impl types::Host for SocketsCtxView<'_> {
    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<types::ErrorCode> {
        error.downcast()
    }
}
