//! `wasock features`: what this version has.

use std::fmt::Write as _;

use clap::Args;
use serde_json::{Value, json};
use wasock_outputs::NAMES;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::options::{Feature, executors};
use wasock_script::shim;

use super::Context;
use crate::web_dashboard;

const EXAMPLES: &str = "\
Examples:
  wasock features                          as text
  wasock features --json | jq .modules     as JSON";

/// List the available modules, executors and outputs, and the k6 features that can be enabled
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct FeaturesArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the lists.
pub fn features(args: &FeaturesArgs, context: &Context) -> ExitCode {
    context.screen.out(match args.json {
        true => format!("{:#}\n", lists_json()),
        false => lists_text(),
    });
    ExitCode::Success
}

/// The modules that scripts can import, and the libraries that work without a network.
fn modules() -> (Vec<&'static str>, Vec<&'static str>) {
    let public = shim::modules().iter().filter(|module| shim::is_public(module.name));
    let (libraries, modules): (Vec<_>, Vec<_>) = public.partition(|module| module.is_library());
    let names =
        |modules: Vec<&shim::ShimModule>| modules.iter().map(|module| module.name).collect();
    (names(modules), names(libraries))
}

/// The outputs, of which one is made of pages here.
fn outputs() -> Vec<&'static str> {
    NAMES.into_iter().chain([web_dashboard::NAME]).collect()
}

fn lists_json() -> Value {
    let (modules, libraries) = modules();
    let features = Feature::ALL.map(|feature| {
        json!({
            "name": feature.name(),
            "effect": feature.has_effect(),
            "description": feature.describe(),
        })
    });
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "modules": modules,
        "libraries": libraries,
        "executors": executors(),
        "outputs": outputs(),
        "features": features,
    })
}

fn lists_text() -> String {
    let (modules, libraries) = modules();
    let lists = [
        ("Modules", modules),
        ("Libraries that work offline", libraries),
        ("Executors", executors()),
        ("Outputs", outputs()),
    ];
    let mut text = String::new();
    for (title, names) in lists {
        writeln!(text, "{title}\n  {}\n", names.join("\n  ")).expect("a string takes all text");
    }
    text.push_str("Features (--features)\n");
    for feature in Feature::ALL {
        let (name, does) = (feature.name(), feature.describe());
        writeln!(text, "  {name:<18} {does}").expect("a string takes all text");
    }
    text
}
