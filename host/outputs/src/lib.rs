//! The outputs of `--out`: where the samples of a run go besides its summary.
//!
//! [`create`] makes one from what the command line and the environment say, or tells what is wrong with that
//! before a run begins. What an output is, and why it cannot hold up a run, is in [`wasock_runner::outputs`].
//!
//! - [`json`], [`csv`]: files, standard output
//! - [`influxdb`]: the line protocol, over HTTP
//! - [`prometheus`]: remote write
//! - [`opentelemetry`]: OTLP, over gRPC or HTTP

pub mod csv;
pub mod influxdb;
pub mod json;
pub mod opentelemetry;
pub mod prometheus;

mod buckets;
mod client;
mod delivery;
mod error;
mod file;
mod series;
mod settings;

pub use error::CreateError;
pub use series::MAX_SERIES;
pub use settings::Surroundings;

use wasock_runner::outputs::Output;

use settings::Settings;

/// The outputs that there are, as `--out` names them.
pub const NAMES: [&str; 5] =
    [json::NAME, csv::NAME, influxdb::NAME, prometheus::NAME, opentelemetry::NAME];

/// An older name of [`opentelemetry::NAME`] in k6.
const EXPERIMENTAL_OPENTELEMETRY: &str = "experimental-opentelemetry";

/// k6's output to Grafana's service.
const CLOUD: &str = "cloud";

/// Makes the output that `--out` asks for: a name, or a name and its argument after a `=`. A file is created at
/// once, so that a wrong path is found before the run; servers are not looked for.
///
/// # Errors
///
/// See [`CreateError`].
pub fn create(
    output: &str,
    surroundings: &Surroundings<'_>,
) -> Result<Box<dyn Output>, CreateError> {
    let (name, argument) = match output.split_once('=') {
        Some((name, argument)) => (name, Some(argument).filter(|argument| !argument.is_empty())),
        None => (output, None),
    };
    let settings = |name| Settings::new(name, surroundings);
    Ok(match name {
        json::NAME => Box::new(json::Json::create(argument.unwrap_or_default())?),
        csv::NAME => Box::new(csv::Csv::create(argument, &settings(csv::NAME))?),
        influxdb::NAME => {
            Box::new(influxdb::Influxdb::create(argument, &settings(influxdb::NAME))?)
        }
        prometheus::NAME => {
            Box::new(prometheus::Prometheus::create(argument, &settings(prometheus::NAME))?)
        }
        opentelemetry::NAME | EXPERIMENTAL_OPENTELEMETRY => {
            let settings = settings(opentelemetry::NAME);
            Box::new(opentelemetry::OpenTelemetry::create(argument, &settings)?)
        }
        CLOUD => return Err(CreateError::Cloud),
        unknown => {
            let known = NAMES.iter().chain(surroundings.others).copied().collect::<Vec<_>>();
            let (name, known) = (unknown.to_owned(), known.join(", "));
            return Err(CreateError::Unknown { name, known });
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(output: &str) -> String {
        match create(output, &Surroundings::default()) {
            Ok(_) => panic!("{output} was created"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn outputs_that_do_not_exist_are_refused_with_those_that_do() {
        let known =
            "the outputs are json, csv, influxdb, experimental-prometheus-rw, opentelemetry";
        assert_eq!(error("xml=a"), format!("there is no output \"xml\"; {known}"));
        let surroundings = Surroundings { others: &["page"], ..Surroundings::default() };
        let error_beside_another =
            create("xml", &surroundings).err().map(|error| error.to_string());
        assert!(error_beside_another.is_some_and(|text| text.ends_with(", opentelemetry, page")));
        assert!(error("cloud").starts_with("the output cloud sends to Grafana Cloud k6"));
    }

    #[test]
    fn a_path_that_cannot_be_created_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing").join("out");
        let path = path.display();
        for name in ["json", "csv"] {
            assert_eq!(
                error(&format!("{name}={path}")),
                format!("the output {name} could not create \"{path}\"")
            );
        }
    }

    #[test]
    fn every_output_has_a_description_as_k6_writes_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let path = path.display().to_string();
        let csv = format!("csv={path}");
        let described = [
            ("json", "json(stdout)".to_owned()),
            (&csv, format!("csv ({path})")),
            ("csv=-", "csv (stdout)".to_owned()),
            ("influxdb=http://a:1/db", "InfluxDBv1 (http://a:1)".to_owned()),
            (
                "experimental-prometheus-rw",
                "Prometheus remote write (http://localhost:9090/api/v1/write)".to_owned(),
            ),
            ("opentelemetry", "opentelemetry (grpc, localhost:4317)".to_owned()),
            ("experimental-opentelemetry", "opentelemetry (grpc, localhost:4317)".to_owned()),
        ];
        for (output, description) in described {
            let created = create(output, &Surroundings::default()).unwrap();
            assert_eq!(created.description(), description);
        }
    }
}
