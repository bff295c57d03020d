//! What is connected to.

use url::Host;

/// The other end of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// Whether by TLS.
    pub(crate) secure: bool,
    /// The host name or address.
    pub(crate) host: Host<String>,
    /// The port.
    pub(crate) port: u16,
}
