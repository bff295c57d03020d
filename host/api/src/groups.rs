//! `/v1/groups`: the groups of the script, and their checks.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};
use wasock_runner::control::Control;
use wasock_runner::metrics::Group;
use wasock_runner::run::LiveResults;
use wasock_runner::summary::{check, id};

use crate::envelope::{Refusal, Resource, plain};

const KIND: &str = "groups";

pub(crate) async fn all(State(control): State<Arc<Control>>) -> Response {
    plain(control.look(resources).await.unwrap_or_default())
}

pub(crate) async fn one(
    State(control): State<Arc<Control>>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let groups = control.look(resources).await.unwrap_or_default();
    match groups.into_iter().find(|group| group.id() == id) {
        Some(group) => Ok(plain(group)),
        None => Err(Refusal::not_found("No group with that ID was found")),
    }
}

/// All groups, each before those in it.
fn resources(results: &LiveResults<'_>) -> Vec<Resource> {
    let mut all = Vec::new();
    add(results.samples.root_group(), None, &mut all);
    all
}

fn add(group: &Group, parent: Option<&Group>, all: &mut Vec<Resource>) {
    let checks: Vec<Value> = group.checks().iter().map(|one| check(one, group)).collect();
    let attributes = json!({ "path": group.path(), "name": group.name(), "checks": checks });
    let inner: Vec<Value> = group.groups().iter().map(reference).collect();
    let relationships = json!({
        "groups": { "data": inner },
        "parent": { "data": parent.map(reference) },
    });
    all.push(Resource::new(KIND, id(group.path()), attributes).related(relationships));
    for inner in group.groups() {
        add(inner, Some(group), all);
    }
}

fn reference(group: &Group) -> Value {
    json!({ "type": KIND, "id": id(group.path()) })
}
