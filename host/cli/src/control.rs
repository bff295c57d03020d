//! The flags for whoever controls a run from outside, and its REST API.

use std::io;

use clap::Args;
use wasock_api::{Api, ApiError};
use wasock_runner::exit_code::ExitCode;
use wasock_runner::log::Level;
use wasock_runner::run::Plan;

use crate::failure::Failure;
use crate::terminal::log::Logger;

/// The flags for whoever controls a run from outside.
#[derive(Debug, Args)]
#[command(next_help_heading = "Control")]
pub struct ControlArgs {
    /// Serve the REST API at this address, such as localhost:6565; off by default
    #[arg(short, long, value_name = "HOST:PORT", env = "K6_ADDRESS", hide_env_values = true)]
    #[arg(default_value = "", hide_default_value = true)]
    address: String,

    /// At the end of the run, wait for Ctrl-C or a stop through the API
    #[arg(short, long, env = "K6_LINGER", hide_env_values = true)]
    pub linger: bool,
}

impl ControlArgs {
    /// Listens on the address of the API, if there is one. Requests wait until it is served.
    ///
    /// # Errors
    ///
    /// It cannot be listened on.
    pub async fn listen(&self, log: &Logger) -> Result<Option<Api>, Failure> {
        if self.address.is_empty() {
            return Ok(None);
        }
        let api = Api::bind(&self.address).await?;
        log.say(Level::Info, format!("the REST API is at http://{}", api.address()));
        Ok(Some(api))
    }
}

/// A run that is paused must have somebody who can start it.
///
/// # Errors
///
/// It is paused, and there is no API.
pub fn check_paused(plan: &Plan, api: Option<&Api>) -> Result<(), Failure> {
    if plan.options.paused != Some(true) || api.is_some() {
        return Ok(());
    }
    let message = "the run begins paused, and without its API nothing can start it";
    let hint = "add --address localhost:6565, or leave out --paused (K6_PAUSED, paused)";
    Err(Failure::new(ExitCode::InvalidConfig, message).with_hint(Some(hint)))
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let code = match error.source.kind() {
            io::ErrorKind::InvalidInput => ExitCode::InvalidConfig,
            _ => ExitCode::CannotListen,
        };
        Self::of(code, &error).with_hint(error.hint())
    }
}
