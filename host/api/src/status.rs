//! `/v1/status`: where the run is, and what it is told to do.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use wasock_runner::control::{Control, Status};

use crate::envelope::{Refusal, Resource, json};

/// The body of a PATCH. What a client merely repeats from an answer (`running`, `tainted`, the number
/// of the status) is not looked at.
#[derive(Debug, Deserialize)]
struct Patch {
    data: PatchData,
}

#[derive(Debug, Deserialize)]
struct PatchData {
    attributes: Wishes,
}

/// What the run is to do; what is not there or null stays as it is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Wishes {
    paused: Option<bool>,
    stopped: Option<bool>,
    vus: Option<u32>,
    vus_max: Option<u32>,
}

pub(crate) async fn get(State(control): State<Arc<Control>>) -> Response {
    json(resource(control.status()))
}

pub(crate) async fn patch(
    State(control): State<Arc<Control>>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let patch: Patch =
        serde_json::from_slice(&body).map_err(|error| Refusal::invalid(error.to_string()))?;
    let Wishes { paused, stopped, vus, vus_max } = patch.data.attributes;
    if stopped == Some(true) {
        control.stop();
        return Ok(json(resource(control.status())));
    }
    match paused {
        Some(true) => {
            control.pause().map_err(|error| Refusal::failed("Pause error", error.to_string()))?;
        }
        Some(false) => control.resume(),
        None => {}
    }
    if vus.is_some() || vus_max.is_some() {
        control
            .set_users(vus, vus_max)
            .map_err(|error| Refusal::failed("Execution config error", error.to_string()))?;
    }
    Ok(json(resource(control.status())))
}

fn resource(status: Status) -> Resource {
    let attributes = json!({
        "status": status.stage as u8,
        "paused": status.paused,
        "vus": status.vus,
        "vus-max": status.vus_max,
        "stopped": status.stopped,
        "running": status.running,
        "tainted": status.tainted,
    });
    let attributes = match attributes {
        Value::Object(attributes) => attributes,
        _ => Map::new(),
    };
    Resource::only("status", attributes)
}
