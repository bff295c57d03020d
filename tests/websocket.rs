//! The classes of `k6/websockets`: `WebSocket`, by the WHATWG standard with k6's extras, and `Blob`.

mod blob;
mod construct;
mod lifecycle;
mod listeners;
mod metrics;
mod persistent;
mod send;
mod standard;
