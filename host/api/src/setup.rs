//! `/v1/setup` and `/v1/teardown`: what runs once, on request.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use wasock_runner::control::{Control, ControlError};

use crate::envelope::{Refusal, Resource, json};

pub(crate) async fn get(State(control): State<Arc<Control>>) -> Response {
    data(&control)
}

/// Takes JSON in the place of what `setup` returns; an empty body takes away what there is.
pub(crate) async fn put(
    State(control): State<Arc<Control>>,
    body: Bytes,
) -> Result<Response, Refusal> {
    if body.is_empty() {
        control.set_setup_data(None);
    } else {
        let json =
            std::str::from_utf8(&body).map_err(|error| Refusal::invalid(error.to_string()))?;
        serde_json::from_str::<IgnoredAny>(json)
            .map_err(|error| Refusal::invalid(error.to_string()))?;
        control.set_setup_data(Some(json.to_owned()));
    }
    Ok(data(&control))
}

pub(crate) async fn run(State(control): State<Arc<Control>>) -> Result<Response, Refusal> {
    match control.run_setup().await {
        // A script without the function has nothing to do.
        Ok(_) | Err(ControlError::NotExported(_)) => Ok(data(&control)),
        Err(error) => Err(Refusal::failed("Error executing setup", error.to_string())),
    }
}

pub(crate) async fn run_teardown(
    State(control): State<Arc<Control>>,
) -> Result<StatusCode, Refusal> {
    match control.run_teardown().await {
        Ok(()) | Err(ControlError::NotExported(_)) => Ok(StatusCode::OK),
        Err(error) => Err(Refusal::failed("Error executing teardown", error.to_string())),
    }
}

fn data(control: &Control) -> Response {
    let mut attributes = Map::new();
    let data = control.setup_data();
    if let Some(data) = data.and_then(|json| serde_json::from_str::<Value>(&json).ok()) {
        attributes.insert("data".to_owned(), data);
    }
    json(Resource::only("setupData", attributes))
}
