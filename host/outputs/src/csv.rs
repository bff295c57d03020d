//! `--out csv`: a row for each sample, with a column for each system tag.

use std::io;
use std::time::{Duration, Instant};

use wasock_runner::metrics::{Registry, Sample, Tags};
use wasock_runner::options::{SystemTag, SystemTags};
use wasock_runner::outputs::{Output, OutputError};

use crate::CreateError;
use crate::file::{CHUNK, STANDARD_OUTPUT, Target, rfc3339};
use crate::settings::Settings;

/// Its name.
pub const NAME: &str = "csv";

/// The file if none is named.
const DEFAULT_FILE: &str = "file.csv";

/// How often rows are written if nothing else is said, as in k6.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(1);

/// How the column `timestamp` is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TimeFormat {
    Unix,
    UnixMilli,
    UnixMicro,
    UnixNano,
    Rfc3339,
    Rfc3339Nano,
}

impl TimeFormat {
    const NAMES: [(&str, Self); 6] = [
        ("unix", Self::Unix),
        ("unix_milli", Self::UnixMilli),
        ("unix_micro", Self::UnixMicro),
        ("unix_nano", Self::UnixNano),
        ("rfc3339", Self::Rfc3339),
        ("rfc3339_nano", Self::Rfc3339Nano),
    ];

    fn write(self, nanoseconds: i64) -> String {
        match self {
            Self::Unix => nanoseconds.div_euclid(1_000_000_000).to_string(),
            Self::UnixMilli => nanoseconds.div_euclid(1_000_000).to_string(),
            Self::UnixMicro => nanoseconds.div_euclid(1_000).to_string(),
            Self::UnixNano => nanoseconds.to_string(),
            Self::Rfc3339 => rfc3339(nanoseconds - nanoseconds.rem_euclid(1_000_000_000)),
            Self::Rfc3339Nano => rfc3339(nanoseconds),
        }
    }
}

/// What is to be written, where and how often.
#[derive(Debug, PartialEq)]
struct Config {
    path: String,
    interval: Duration,
    time_format: TimeFormat,
}

/// Writes samples as rows, compressed if the file's name ends in `.gz`.
pub struct Csv {
    config: Config,
    target: Target,
    columns: Columns,
    /// Rows that are not written yet.
    rows: csv::Writer<Vec<u8>>,
    /// How many samples were taken since rows were last written.
    held: u64,
    /// How many of them could not be written.
    lost: u64,
    written: Instant,
}

/// Which tags have columns.
struct Columns {
    /// The system tags that are on, in order of name.
    own: Vec<&'static str>,
    /// Those that are off. Tags of these names are left out.
    none: Vec<&'static str>,
}

impl Config {
    fn read(argument: Option<&str>, settings: &Settings<'_>) -> Result<Self, CreateError> {
        let variable = |name| settings.text(name).map(|value| (name, value));
        let mut path = settings.text("K6_CSV_FILENAME");
        let mut interval = variable("K6_CSV_SAVE_INTERVAL");
        let mut time_format = variable("K6_CSV_TIME_FORMAT");
        match argument {
            None => {}
            Some(argument) if !argument.contains('=') => path = Some(argument),
            Some(argument) => {
                for pair in argument.split(',') {
                    let expected = "pairs such as fileName=a.csv,saveInterval=1s,timeFormat=unix";
                    let wrong = || settings.wrong("the argument", argument, expected);
                    let (key, value) = pair.split_once('=').ok_or_else(wrong)?;
                    match key {
                        "fileName" => path = Some(value),
                        "saveInterval" => interval = Some((key, value)),
                        "timeFormat" => time_format = Some((key, value)),
                        _ => return Err(wrong()),
                    }
                }
            }
        }
        let interval = interval.map(|(name, text)| settings.read_interval(name, text));
        let time_format = time_format.map(|(name, text)| {
            let known = TimeFormat::NAMES.iter().find(|(known, _)| *known == text);
            known.map(|(_, format)| *format).ok_or_else(|| {
                let names = TimeFormat::NAMES.map(|(name, _)| name);
                settings.wrong(name, text, &format!("one of {}", names.join(", ")))
            })
        });
        Ok(Self {
            path: path.unwrap_or(DEFAULT_FILE).to_owned(),
            interval: interval.transpose()?.unwrap_or(DEFAULT_INTERVAL),
            time_format: time_format.transpose()?.unwrap_or(TimeFormat::Unix),
        })
    }
}

impl Columns {
    fn new(tags: SystemTags) -> Self {
        // Metadata has a column of its own.
        let indexed = SystemTag::ALL.into_iter().filter(|tag| !tag.is_metadata());
        let (own, none): (Vec<_>, Vec<_>) = indexed.partition(|tag| tags.contains(*tag));
        let names = |tags: Vec<SystemTag>| {
            let mut names: Vec<_> = tags.into_iter().map(SystemTag::name).collect();
            names.sort_unstable();
            names
        };
        Self { own: names(own), none: names(none) }
    }

    fn header(&self) -> impl Iterator<Item = &'static str> {
        let start = ["metric_name", "timestamp", "metric_value"].into_iter();
        start.chain(self.own.iter().copied()).chain(["extra_tags", "metadata"])
    }

    /// The tags without columns: `a=1&b=2`.
    fn further(&self, tags: &Tags) -> String {
        let mut text = String::new();
        for (name, value) in tags.iter() {
            if self.own.contains(&name) || self.none.contains(&name) {
                continue;
            }
            if !text.is_empty() {
                text.push('&');
            }
            text.extend([name, "=", value]);
        }
        text
    }
}

impl Csv {
    /// Creates the file that the argument or the environment names.
    ///
    /// # Errors
    ///
    /// A setting is wrong, or the file cannot be created.
    pub(crate) fn create(
        argument: Option<&str>,
        settings: &Settings<'_>,
    ) -> Result<Self, CreateError> {
        let config = Config::read(argument, settings)?;
        let target = Target::create(NAME, &config.path)?;
        let columns = Columns::new(settings.surroundings.system_tags);
        let mut rows = csv::Writer::from_writer(Vec::new());
        // It stays in memory until the run has begun, which has something to say before.
        let header = rows.write_record(columns.header());
        header.map_err(|error| settings.unusable(error))?;
        Ok(Self { config, target, columns, rows, held: 0, lost: 0, written: Instant::now() })
    }

    fn add_rows(&mut self, registry: &Registry, samples: &[Sample]) -> io::Result<()> {
        for sample in samples {
            let Some(metric) = registry.get(sample.metric) else {
                continue;
            };
            self.rows.write_field(&*metric.name)?;
            self.rows.write_field(self.config.time_format.write(sample.time))?;
            self.rows.write_field(format!("{:.6}", sample.value))?;
            for tag in &self.columns.own {
                self.rows.write_field(sample.tags.get(tag).unwrap_or_default())?;
            }
            self.rows.write_field(self.columns.further(&sample.tags))?;
            let metadata = sample.metadata.as_ref();
            let metadata = metadata.map(|metadata| self.columns.further(metadata));
            self.rows.write_field(metadata.unwrap_or_default())?;
            self.rows.write_record(None::<&[u8]>)?;
            if self.rows.get_ref().len() >= CHUNK {
                self.write_rows()?;
            }
        }
        Ok(())
    }

    fn write_rows(&mut self) -> io::Result<()> {
        self.written = Instant::now();
        self.rows.flush()?;
        let empty = csv::Writer::from_writer(Vec::new());
        let rows = std::mem::replace(&mut self.rows, empty);
        let rows = rows.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        let held = std::mem::take(&mut self.held);
        self.target.write(&rows).inspect_err(|_| self.lost += held)
    }

    fn failed(&self, source: io::Error) -> OutputError {
        OutputError::Write { output: self.description(), source }
    }
}

impl Output for Csv {
    fn description(&self) -> String {
        match self.config.path.as_str() {
            "" | STANDARD_OUTPUT => "csv (stdout)".to_owned(),
            path => format!("csv ({path})"),
        }
    }

    fn write(&mut self, registry: &Registry, samples: &[Sample]) -> Result<(), OutputError> {
        self.add_rows(registry, samples).map_err(|source| self.failed(source))?;
        self.held += samples.len() as u64;
        Ok(())
    }

    fn tick(&mut self) -> Result<(), OutputError> {
        if self.written.elapsed() < self.config.interval {
            return Ok(());
        }
        self.write_rows().map_err(|source| self.failed(source))
    }

    fn finish(&mut self) -> Result<(), OutputError> {
        let finished = self.write_rows().and_then(|()| self.target.finish());
        finished.map_err(|source| self.failed(source))
    }

    fn lost(&self) -> u64 {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::path::Path;

    use flate2::read::GzDecoder;
    use wasock_runner::metrics::Builtin;

    use super::*;
    use crate::Surroundings;

    const HEADER: &str = "metric_name,timestamp,metric_value,check,error,error_code,\
        expected_response,group,method,name,proto,scenario,service,status,subproto,tls_version,url,\
        extra_tags,metadata\n";

    fn create(argument: &str, environment: &[(&str, &str)]) -> Result<Csv, CreateError> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment: Vec<_> = environment.iter().map(own).collect();
        let surroundings = Surroundings { environment: &environment, ..Surroundings::default() };
        let argument = Some(argument).filter(|argument| !argument.is_empty());
        Csv::create(argument, &Settings::new(NAME, &surroundings))
    }

    fn sample(value: f64, tags: &[(&str, &str)], metadata: &[(&str, &str)]) -> Sample {
        Sample {
            metric: Builtin::WsSessions.id(),
            value,
            time: 1_767_323_045_123_456_789,
            tags: tags.iter().copied().collect(),
            metadata: (!metadata.is_empty()).then(|| metadata.iter().copied().collect()),
        }
    }

    fn run(mut output: Csv, samples: &[Sample]) {
        output.write(&Registry::new(), samples).unwrap();
        output.tick().unwrap();
        output.finish().unwrap();
    }

    fn text(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_file_has_a_row_for_each_sample() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let output = create(path.to_str().unwrap(), &[]).unwrap();
        assert_eq!(text(&path), "", "the file is there before the run");
        let tags = [("url", "ws://a/?x=1,2"), ("group", ""), ("kind", "b\"c"), ("vip", "yes")];
        let samples = [
            sample(1.0, &tags, &[("vu", "7"), ("iter", "0")]),
            sample(0.000_000_6, &[("status", "101"), ("ip", "1.2.3.4")], &[]),
        ];
        run(output, &samples);
        let rows = [
            "ws_sessions,1767323045,1.000000,,,,,,,,,,,,,,\"ws://a/?x=1,2\",",
            "\"kind=b\"\"c&vip=yes\",iter=0&vu=7\n",
            "ws_sessions,1767323045,0.000001,,,,,,,,,,,101,,,,,\n",
        ]
        .concat();
        assert_eq!(text(&path), format!("{HEADER}{rows}"));
    }

    #[test]
    fn a_run_without_samples_leaves_the_header() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        run(create(path.to_str().unwrap(), &[]).unwrap(), &[]);
        assert_eq!(text(&path), HEADER);
    }

    #[test]
    fn a_name_that_ends_in_gz_compresses() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv.gz");
        run(create(path.to_str().unwrap(), &[]).unwrap(), &[sample(2.0, &[], &[])]);
        let mut text = String::new();
        let file = std::fs::File::open(path).unwrap();
        GzDecoder::new(file).read_to_string(&mut text).unwrap();
        assert_eq!(text, format!("{HEADER}ws_sessions,1767323045,2.000000,,,,,,,,,,,,,,,,\n"));
    }

    #[test]
    fn rows_are_written_after_each_interval() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let argument = format!("fileName={},saveInterval=1h", path.display());
        let mut output = create(&argument, &[]).unwrap();
        output.write(&Registry::new(), &[sample(1.0, &[], &[])]).unwrap();
        output.tick().unwrap();
        assert_eq!(text(&path), "");
        output.config.interval = Duration::ZERO;
        output.tick().unwrap();
        assert_eq!(text(&path).lines().count(), 2);
    }

    #[test]
    fn the_environment_and_the_argument_say_what_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("1.csv"), folder.path().join("2.csv"));
        let environment = [
            ("K6_CSV_FILENAME", first.to_str().unwrap()),
            ("K6_CSV_SAVE_INTERVAL", "3s"),
            ("K6_CSV_TIME_FORMAT", "unix_micro"),
        ];
        let config = create("", &environment).unwrap().config;
        assert_eq!(config.path, first.to_str().unwrap());
        assert_eq!(
            (config.interval, config.time_format),
            (Duration::from_secs(3), TimeFormat::UnixMicro)
        );
        let argument = format!("fileName={},timeFormat=rfc3339", second.display());
        let config = create(&argument, &environment).unwrap().config;
        assert_eq!(config.path, second.to_str().unwrap());
        assert_eq!(
            (config.interval, config.time_format),
            (Duration::from_secs(3), TimeFormat::Rfc3339)
        );
        let wrong = |argument: &str| create(argument, &environment).err().unwrap().to_string();
        assert_eq!(
            wrong("timeFormat=julian"),
            "timeFormat of the output csv is \"julian\", expected one of unix, unix_milli, \
             unix_micro, unix_nano, rfc3339, rfc3339_nano"
        );
        assert!(
            wrong("file=a")
                .starts_with("the argument of the output csv is \"file=a\", expected pairs")
        );
        assert!(wrong("saveInterval=0s").starts_with("saveInterval of the output csv is \"0s\""));
    }

    #[test]
    fn times_have_six_formats() {
        let written = TimeFormat::NAMES.map(|(_, format)| format.write(1_767_323_045_123_456_789));
        let expected = [
            "1767323045",
            "1767323045123",
            "1767323045123456",
            "1767323045123456789",
            "2026-01-02T03:04:05Z",
            "2026-01-02T03:04:05.123456789Z",
        ];
        assert_eq!(written, expected);
    }
}
