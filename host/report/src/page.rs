//! Pages from templates.

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::assets::Assets;
use crate::recording::{About, Recording};
use crate::timeline::Patch;
use crate::view::{PERCENTILES, ScenarioRow, Status, Tables, verdict};

/// The name of the shape of the data in a report, and its version: it changes when a reader would have to.
const FORMAT: (&str, u32) = ("wasock-report", 1);

/// The parts of a page that change while a run goes on, as HTML.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) status: String,
    pub(crate) results: String,
    pub(crate) details: String,
    pub(crate) metrics: String,
}

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPart<'a> {
    status: &'a Status,
}

#[derive(Template)]
#[template(path = "results.html")]
struct ResultsPart<'a> {
    tables: &'a Tables,
}

#[derive(Template)]
#[template(path = "details.html")]
struct DetailsPart<'a> {
    tables: &'a Tables,
    scenarios: &'a [ScenarioRow],
}

#[derive(Template)]
#[template(path = "metrics.html")]
struct MetricsPart<'a> {
    tables: &'a Tables,
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    /// `report` or `dashboard`.
    mode: &'static str,
    about: &'a About,
    assets: Assets,
    parts: &'a Parts,
    options: String,
    /// The policy, if the page has to bring it along.
    policy: Option<String>,
    /// The data, if the page has to bring it along.
    data: Option<String>,
}

impl Parts {
    /// The parts at this moment.
    pub(crate) fn new(recording: &Recording) -> Self {
        let (status, scenarios) = recording.status();
        let scenarios = &scenarios[..];
        recording.read(|state| {
            let tables = &state.tables;
            Self {
                status: rendered(&StatusPart { status: &status }),
                results: rendered(&ResultsPart { tables }),
                details: rendered(&DetailsPart { tables, scenarios }),
                metrics: rendered(&MetricsPart { tables }),
            }
        })
    }
}

/// The report of a run that has ended.
pub(crate) fn report(recording: &Recording) -> String {
    let data = for_script(&data(recording, recording.timeline_since(0)));
    page("report", recording, Some(policy("")), Some(data))
}

/// The page of a run that goes on.
pub(crate) fn dashboard(recording: &Recording) -> String {
    page("dashboard", recording, None, None)
}

/// What a page may do: run its own script, have its own style, and, with `connect`, call its server. It reaches
/// nothing else, whatever a script under test has named its checks.
pub(crate) fn policy(connect: &str) -> String {
    let assets = Assets::get();
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    let (script, style) = (hash(assets.js), hash(assets.css));
    format!(
        "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; img-src data:; \
         {connect}base-uri 'none'; form-action 'none'"
    )
}

fn page(
    mode: &'static str,
    recording: &Recording,
    policy: Option<String>,
    data: Option<String>,
) -> String {
    let about = recording.about();
    let options = format!("{:#}", about.options);
    let parts = &Parts::new(recording);
    rendered(&Page { mode, about, assets: Assets::get(), parts, options, policy, data })
}

/// The data of a report, in the shape that `docs/report.md` describes.
fn data(recording: &Recording, timeline: Option<Patch>) -> Value {
    let about = recording.about();
    let (status, _) = recording.status();
    recording.read(|state| {
        let ending = state.ending.as_ref();
        let tables = &state.tables;
        let scenarios = about.scenarios.iter();
        json!({
            "format": FORMAT.0,
            "version": FORMAT.1,
            "run": {
                "wasock": about.version,
                "script": about.script,
                "started": status.started,
                "elapsed": ending.map(|ending| ending.elapsed.as_secs_f64()),
                "verdict": ending.map(|ending| verdict(ending.exit_code).1.to_lowercase()),
                "exitCode": ending.map(|ending| ending.exit_code as u8),
                "errors": ending.map(|ending| &ending.errors),
                "maxVus": about.max_vus,
                "scenarios": scenarios.map(|(name, description)| {
                    json!({"name": name, "description": description})
                }).collect::<Vec<_>>(),
                "options": about.options,
            },
            "thresholds": tables.thresholds.iter().map(|row| json!({
                "metric": row.metric,
                "threshold": row.expression,
                "aggregation": row.aggregation,
                "value": row.value.exact,
                "ok": row.ok,
            })).collect::<Vec<_>>(),
            "errors": tables.errors.iter().map(|row| json!({
                "metric": row.metric,
                "errorCode": row.code,
                "error": row.text,
                "count": row.count.exact,
            })).collect::<Vec<_>>(),
            "summary": ending.map(|ending| &ending.summary),
            "timeline": timeline,
        })
    })
}

/// JSON that can stand between script tags: nothing in it ends them, or begins a comment.
fn for_script(json: &Value) -> String {
    // In JSON these characters stand in strings alone, where they may be escaped.
    json.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

fn rendered(template: &impl Template) -> String {
    template.render().expect("a string takes all text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_leave_its_script() {
        let value = json!({"</script><script>alert(1)</script>": "<!-- & \u{2028} \""});
        let text = for_script(&value);
        assert!(!text.contains(['<', '>', '&']), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
