//! `k6/http` over real sockets and TLS.

mod faults;
mod login;
mod metrics;
mod options;
mod requests;
