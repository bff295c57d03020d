//! Codings of bodies: there are none here.

use http::HeaderValue;

use crate::bindings::types::ErrorCode;

/// The body as it is sent, and the value of `Content-Encoding`.
pub(crate) fn encode(
    body: Vec<u8>,
    encodings: &[String],
) -> Result<(Vec<u8>, Option<HeaderValue>), ErrorCode> {
    match encodings.first() {
        None => Ok((body, None)),
        Some(encoding) => Err(ErrorCode::InvalidArgument(format!(
            "a test that stands alone compresses no bodies, with {encoding} or else"
        ))),
    }
}
