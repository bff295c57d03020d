//! The envelopes of JSON:API that all bodies have.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// What the API calls things of which there is one.
const ONLY: &str = "default";

/// How k6 sends what it lists.
const PLAIN_TEXT: &str = "text/plain; charset=utf-8";

/// One thing: what it is, its name, and what is known of it.
#[derive(Debug, Serialize)]
pub(crate) struct Resource {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    attributes: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    relationships: Option<Value>,
}

impl Resource {
    pub(crate) fn new(kind: &'static str, id: impl Into<String>, attributes: Value) -> Self {
        Self { kind, id: id.into(), attributes, relationships: None }
    }

    /// The only one of its kind.
    pub(crate) fn only(kind: &'static str, attributes: Map<String, Value>) -> Self {
        Self::new(kind, ONLY, Value::Object(attributes))
    }

    pub(crate) fn related(mut self, relationships: Value) -> Self {
        self.relationships = Some(relationships);
        self
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

/// A body with a resource, or with a list of them.
pub(crate) fn json(data: impl Serialize) -> Response {
    Json(json!({ "data": data })).into_response()
}

/// The same, as metrics and groups are sent.
pub(crate) fn plain(data: impl Serialize) -> Response {
    let body = json!({ "data": data }).to_string();
    ([(header::CONTENT_TYPE, PLAIN_TEXT)], body).into_response()
}

/// Why a request is not met.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    title: &'static str,
    detail: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, title, detail: detail.into() }
    }

    /// The body is not what it should be.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Invalid data", detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found", detail)
    }

    pub(crate) fn failed(title: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, title, detail)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self { status, title, detail } = self;
        let code = status.as_str();
        let error = json!({ "status": code, "title": title, "detail": detail });
        (status, Json(json!({ "errors": [error] }))).into_response()
    }
}
