//! Which request is answered by what.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use wasock_runner::control::Control;

use crate::envelope::Refusal;
use crate::{groups, metrics, origin, prometheus, setup, status};

/// The largest body, in bytes: `setup` data for tens of thousands of users, and bounded.
const MAX_BODY: usize = 64 << 20;

/// What is below this path is the API's; the rest of the paths are said to be fine.
const PREFIX: &str = "/v1/";

pub(crate) fn router(control: Arc<Control>) -> Router {
    Router::new()
        .route("/v1/status", get(status::get).patch(status::patch))
        .route("/v1/metrics", get(metrics::all))
        .route("/v1/metrics/{name}", get(metrics::one))
        .route("/v1/groups", get(groups::all))
        .route("/v1/groups/{id}", get(groups::one))
        .route("/v1/setup", get(setup::get).put(setup::put).post(setup::run))
        .route("/v1/teardown", post(setup::run_teardown))
        .route("/metrics", get(prometheus::text))
        .fallback(other)
        .method_not_allowed_fallback(not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(origin::refuse_others))
        .with_state(control)
}

async fn other(uri: Uri) -> Response {
    if uri.path().starts_with(PREFIX) {
        return Refusal::not_found(format!("there is no {}", uri.path())).into_response();
    }
    "ok".into_response()
}

async fn not_allowed(method: Method, uri: Uri) -> Response {
    let detail = format!("{} does not take {method}", uri.path());
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed", detail).into_response()
}
