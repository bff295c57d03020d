//! The guest's handle of the measuring of a socket.

use std::sync::Arc;

use super::observer::WebSocketMetrics;

/// `metrics.meter`. It may outlive its socket; what waits for a reply when it goes is lost.
pub struct Meter(pub(super) Arc<WebSocketMetrics>);

impl Drop for Meter {
    fn drop(&mut self) {
        self.0.no_more_replies();
    }
}
