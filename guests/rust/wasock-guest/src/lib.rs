//! Tests for wasock in Rust: `async` functions on the event queue of `wit/`.
//!
//! ```ignore
//! use wasock_guest::{Connect, Result, check};
//!
//! wasock_guest::test! {
//!     options: Some(r#"{ "vus": 10, "duration": "10s" }"#),
//!     functions: { "default" => echo },
//! }
//!
//! async fn echo(_data: Option<String>) -> Result<()> {
//!     let socket = Connect::to("wss://echo.example/echo").open().await?;
//!     socket.send("hello")?;
//!     let reply = socket.next().await?;
//!     check("is an echo", reply.is_some_and(|reply| reply.text() == Some("hello")));
//!     Ok(())
//! }
//! ```

mod error;
mod executor;
mod socket;
mod stages;
mod timer;
mod vu;

/// What `wit-bindgen` makes of `wit/`.
#[allow(missing_docs)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "vu",
        pub_export_macro: true,
        default_bindings_module: "wasock_guest::bindings",
    });
}

pub use error::{Error, Result, describe};
pub use executor::{Operation, with_queue};
pub use socket::{Closed, Connect, Deflate, Message, Socket, connect_options};
pub use timer::{Interval, sleep};
pub use vu::{Metric, check, check_tagged, env, log, log_at, random};

pub use bindings::wasock::websocket::console::Level;
pub use bindings::wasock::websocket::metrics::{Contents, Kind};
pub use bindings::wasock::websocket::{
    console, cookies, environment, events, execution, http, metrics, sockets, tags, timers, types,
};

/// What [`test!`] stands on.
#[doc(hidden)]
pub mod __private {
    pub use crate::bindings::exports::wasock::websocket::lifecycle;
    pub use crate::stages::{SummaryFile, info, run, summary, unknown};
}

/// A file, or `stdout` or `stderr`, that `handle_summary` asks for: where to write, and what.
pub type SummaryFile = (String, String);

/// Makes a component of a test. `functions` are what iterations run, by the names that scenarios know them by;
/// the stages `setup`, `teardown` and `handle_summary` may be left out. All are `async`.
#[macro_export]
macro_rules! test {
    (
        options: $options:expr,
        $(setup: $setup:path,)?
        $(teardown: $teardown:path,)?
        $(handle_summary: $handle_summary:path,)?
        functions: { $($name:literal => $function:path),+ $(,)? } $(,)?
    ) => {
        struct WasockTest;

        impl $crate::__private::lifecycle::Guest for WasockTest {
            fn init() -> Result<$crate::__private::lifecycle::ScriptInfo, $crate::__private::lifecycle::Failure> {
                let stages: &[(&str, &str)] = &[
                    $(("setup", stringify!($setup)),)?
                    $(("teardown", stringify!($teardown)),)?
                    $(("handleSummary", stringify!($handle_summary)),)?
                ];
                $crate::__private::info($options, &[$($name),+], stages)
            }

            fn setup() -> Result<Option<String>, $crate::__private::lifecycle::Failure> {
                $(return $crate::__private::run($setup());)?
                #[allow(unreachable_code)]
                Ok(None)
            }

            fn iterate(name: String, data: Option<String>) -> Result<(), $crate::__private::lifecycle::Failure> {
                match name.as_str() {
                    $($name => $crate::__private::run($function(data)),)+
                    other => $crate::__private::unknown(other, &[$($name),+]),
                }
            }

            fn teardown(_data: Option<String>) -> Result<(), $crate::__private::lifecycle::Failure> {
                $(return $crate::__private::run($teardown(_data));)?
                #[allow(unreachable_code)]
                Ok(())
            }

            fn handle_summary(
                _data: String,
            ) -> Result<Vec<$crate::__private::lifecycle::SummaryOutput>, $crate::__private::lifecycle::Failure> {
                $(return $crate::__private::summary($handle_summary(_data));)?
                #[allow(unreachable_code)]
                Ok(Vec::new())
            }
        }

        $crate::bindings::export!(WasockTest with_types_in $crate::bindings);
    };
}
