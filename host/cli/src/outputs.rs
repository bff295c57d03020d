//! The outputs of a run, from the command line, the environment and the configuration file.

use std::env;

use serde_json::Value;
use wasock_outputs::Surroundings;
use wasock_runner::options::{Layer, Options};
use wasock_runner::outputs::Output;
use wasock_runner::run::Plan;

use crate::failure::Failure;
use crate::options::system_environment;
use crate::web_dashboard::{self, WebDashboard};

/// The environment variable for outputs, with commas between several.
const OUT_VARIABLE: &str = "K6_OUT";

/// Makes outputs. Files are created at once, so that a wrong path is found before the run.
///
/// # Errors
///
/// One cannot be made as it was asked for.
pub fn create(outputs: &[String], plan: &Plan) -> Result<Vec<Box<dyn Output>>, Failure> {
    let surroundings = Surroundings {
        environment: &system_environment(),
        system_tags: plan.options.system_tags(),
        version: env!("CARGO_PKG_VERSION"),
        others: &[web_dashboard::NAME],
    };
    let create = |output: &String| {
        wasock_outputs::create(output, &surroundings)
            .map_err(|error| Failure::of(error.exit_code(), &error).with_hint(error.hint()))
    };
    outputs.iter().map(create).collect()
}

/// The outputs that were asked for, and what k6's `web-dashboard` is to do, which is none of ours.
///
/// # Errors
///
/// A setting of `web-dashboard` is wrong.
pub fn asked_for(
    flags: &[String],
    layers: &[(Layer, Options)],
) -> Result<(Vec<String>, WebDashboard), Failure> {
    let mut outputs = named(flags, layers);
    let on = configured(layers, "webDashboard").and_then(Value::as_bool);
    let variable = |name: &str| env::var(name).ok();
    let dashboard = WebDashboard::take_from(&mut outputs, on, variable)?;
    Ok((outputs, dashboard))
}

/// The outputs of the flags, else those of the environment, else those of the configuration file.
fn named(flags: &[String], layers: &[(Layer, Options)]) -> Vec<String> {
    if !flags.is_empty() {
        return flags.to_vec();
    }
    let variable = env::var(OUT_VARIABLE).unwrap_or_default();
    let named = variable.split(',').map(str::trim).filter(|one| !one.is_empty());
    let named: Vec<_> = named.map(str::to_owned).collect();
    if !named.is_empty() {
        return named;
    }
    let configured = configured(layers, "out").and_then(Value::as_array);
    let configured = configured.into_iter().flatten().filter_map(|output| output.as_str());
    configured.map(str::to_owned).collect()
}

/// What the configuration file says about an option that no other source has.
fn configured<'a>(layers: &'a [(Layer, Options)], name: &str) -> Option<&'a Value> {
    let config = layers.iter().find(|(layer, _)| *layer == Layer::Config);
    config?.1.other.get(name)
}
