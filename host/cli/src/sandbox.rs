//! The flags for what a script may reach and cost, and where else they can stand.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value};
use wasock_runner::exit_code::ExitCode;
use wasock_runner::limits::{Setting, VuLimits};
use wasock_runner::network::{NetworkGrants, Rule};

use crate::failure::Failure;
use crate::options::wrong;
use crate::vus;

/// The object in the configuration file.
pub const CONFIG_KEY: &str = "sandbox";

/// The names of the lists in it.
const ALLOW_NET: &str = "allowNet";
const DENY_NET: &str = "denyNet";
const ALLOW_ENV: &str = "allowEnv";
const ALLOW_WRITE: &str = "allowWrite";
const LISTS: [&str; 4] = [ALLOW_NET, DENY_NET, ALLOW_ENV, ALLOW_WRITE];

/// The flags for what a script may reach and cost, for people who run untrusted scripts.
///
/// Each can stand in an environment variable and in the object `sandbox` of the configuration file too; a
/// script cannot change them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sandbox")]
pub struct SandboxArgs {
    /// Allow connections only to these: example.com, *.example.com:443, 10.0.0.0/8, unix:/path; can be repeated
    ///
    /// Names are checked before they are looked up. An empty list allows nothing.
    #[arg(long, value_name = "TARGETS", value_delimiter = ',')]
    #[arg(env = "WASOCK_ALLOW_NET", hide_env_values = true)]
    allow_net: Option<Vec<String>>,

    /// Deny connections to these, even if --allow-net allows them; can be repeated
    ///
    /// An allowed name that resolves to a denied address is refused.
    #[arg(long, value_name = "TARGETS", value_delimiter = ',')]
    #[arg(env = "WASOCK_DENY_NET", hide_env_values = true)]
    deny_net: Option<Vec<String>>,

    /// Pass only these environment variables of the system to __ENV: NAME, PREFIX_*; can be repeated
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    #[arg(env = "WASOCK_ALLOW_ENV", hide_env_values = true)]
    allow_env: Option<Vec<String>>,

    /// Let handleSummary() write only this file, or files below this folder; can be repeated
    ///
    /// Without it, every file can be written that is not hidden: below the script's folder, the working
    /// directory or the root of the file system, no name in its path begins with a dot.
    #[arg(long, value_name = "PATH")]
    #[arg(env = "WASOCK_ALLOW_WRITE", hide_env_values = true)]
    allow_write: Option<Vec<PathBuf>>,

    /// Refuse a test that may need more virtual users than these, in all of its scenarios [default: none]
    #[arg(long, value_name = "N", env = "WASOCK_MAX_VUS", hide_env_values = true)]
    max_vus: Option<u32>,

    /// Most memory each virtual user may use [default: 256MiB]
    #[arg(long, value_name = "SIZE", env = "WASOCK_VU_MEMORY", hide_env_values = true)]
    vu_memory: Option<String>,

    /// How long each virtual user may compute without waiting for anything [default: none]
    #[arg(long, value_name = "TIME", env = "WASOCK_VU_CPU", hide_env_values = true)]
    vu_cpu: Option<String>,

    /// Most sockets each virtual user may have open [default: 65536]
    #[arg(long, value_name = "N", env = "WASOCK_VU_SOCKETS", hide_env_values = true)]
    vu_sockets: Option<String>,

    /// Most timers the host keeps for each virtual user; those of JavaScript are in its memory [default: 65536]
    #[arg(long, value_name = "N", env = "WASOCK_VU_TIMERS", hide_env_values = true)]
    vu_timers: Option<String>,

    /// Most unhandled message bytes each virtual user may queue before its sockets stop reading [default: 1MiB]
    #[arg(long, value_name = "SIZE", env = "WASOCK_VU_QUEUE", hide_env_values = true)]
    vu_queue: Option<String>,

    /// Most unsent bytes each virtual user may buffer before `send` blocks [default: 64MiB]
    #[arg(long, value_name = "SIZE", env = "WASOCK_VU_BUFFER", hide_env_values = true)]
    vu_buffer: Option<String>,

    /// Longest message that is received [default: 64MiB]
    #[arg(long, value_name = "SIZE", env = "WASOCK_VU_MESSAGE_SIZE", hide_env_values = true)]
    vu_message_size: Option<String>,

    /// Most bytes of incomplete messages each virtual user may hold, on all its sockets [default: 256MiB]
    #[arg(long, value_name = "SIZE", env = "WASOCK_VU_UNFINISHED", hide_env_values = true)]
    vu_unfinished: Option<String>,

    /// Most bytes per second each virtual user may send, and receive [default: none]
    #[arg(long, value_name = "SIZE", env = "WASOCK_VU_BANDWIDTH", hide_env_values = true)]
    vu_bandwidth: Option<String>,

    /// Most console lines each virtual user may write per second; further lines are dropped [default: none]
    #[arg(long, value_name = "N", env = "WASOCK_VU_CONSOLE", hide_env_values = true)]
    vu_console: Option<String>,

    /// Most HTTP requests each virtual user may have in progress [default: 1024]
    #[arg(long, value_name = "N", env = "WASOCK_VU_REQUESTS", hide_env_values = true)]
    vu_requests: Option<String>,

    /// Most bytes each virtual user may hold in HTTP requests and in responses it has not taken [default: 256MiB]
    #[arg(long, value_name = "SIZE", env = "WASOCK_VU_BODIES", hide_env_values = true)]
    vu_bodies: Option<String>,

    /// Most resource handles (sockets, timers, requests, …) each virtual user may hold [default: 262144]
    #[arg(long, value_name = "N", env = "WASOCK_VU_HANDLES", hide_env_values = true)]
    vu_handles: Option<String>,
}

/// What a script may reach and cost.
#[derive(Clone, Debug, Default)]
pub struct Sandbox {
    /// Where it may connect to.
    pub network: NetworkGrants,
    /// Which variables of the system it gets; all if there is no list.
    pub env: Option<Vec<String>>,
    /// What its `handleSummary` may write; what is usual if there is no list.
    pub write: Option<Vec<PathBuf>>,
    /// How many virtual users the test may have.
    pub max_vus: Option<u32>,
    /// What each virtual user may cost.
    pub limits: VuLimits,
}

impl SandboxArgs {
    /// What flags and variables say, and where they say nothing the object of the configuration file.
    ///
    /// # Errors
    ///
    /// Something is no rule, no name or no limit.
    pub fn read(&self, config: Option<&Value>) -> Result<Sandbox, Failure> {
        let config = config.map(object).transpose()?.unwrap_or_default();
        let list = |flag: &Option<Vec<String>>, name: &'static str, key: &'static str| {
            let (texts, name) = match flag {
                Some(texts) => (Some(texts.clone()), name.to_owned()),
                None => (configured_list(&config, key)?, configured(key)),
            };
            let texts =
                texts.map(|texts| texts.iter().map(|text| text.trim().to_owned()).collect());
            let texts: Option<Vec<String>> = texts;
            Ok::<_, Failure>(texts.map(|texts| Named {
                name,
                texts: texts.into_iter().filter(|text| !text.is_empty()).collect(),
            }))
        };
        let mut network = NetworkGrants::everything();
        if let Some(allowed) = list(&self.allow_net, "--allow-net", ALLOW_NET)? {
            network = network.allow(allowed.rules()?);
        }
        if let Some(denied) = list(&self.deny_net, "--deny-net", DENY_NET)? {
            network = network.deny(denied.rules()?);
        }
        let env = list(&self.allow_env, "--allow-env", ALLOW_ENV)?;
        let write = match &self.allow_write {
            Some(paths) => Some(paths.clone()),
            None => configured_list(&config, ALLOW_WRITE)?
                .map(|paths| paths.into_iter().map(PathBuf::from).collect()),
        };
        Ok(Sandbox {
            network,
            env: env.map(Named::variables).transpose()?,
            write: write.map(|paths| {
                paths.into_iter().filter(|path| !path.as_os_str().is_empty()).collect()
            }),
            max_vus: vus::limit(self.max_vus, &config)?,
            limits: self.limits(&config)?,
        })
    }

    fn limits(&self, config: &Map<String, Value>) -> Result<VuLimits, Failure> {
        let mut limits = VuLimits::default();
        for setting in Setting::ALL {
            let (text, name) = match self.limit(setting) {
                Some(text) => (text.clone(), setting.flag().to_owned()),
                None => match config.get(setting.key()) {
                    None | Some(Value::Null) => continue,
                    Some(Value::String(text)) => (text.clone(), configured(setting.key())),
                    Some(other) => (other.to_string(), configured(setting.key())),
                },
            };
            let set = setting.set(&mut limits, &text, &name);
            set.map_err(|error| Failure::of(ExitCode::InvalidConfig, &error))?;
        }
        Ok(limits)
    }

    fn limit(&self, setting: Setting) -> Option<&String> {
        match setting {
            Setting::Memory => self.vu_memory.as_ref(),
            Setting::Cpu => self.vu_cpu.as_ref(),
            Setting::Sockets => self.vu_sockets.as_ref(),
            Setting::Timers => self.vu_timers.as_ref(),
            Setting::Queue => self.vu_queue.as_ref(),
            Setting::Buffer => self.vu_buffer.as_ref(),
            Setting::MessageSize => self.vu_message_size.as_ref(),
            Setting::Unfinished => self.vu_unfinished.as_ref(),
            Setting::Bandwidth => self.vu_bandwidth.as_ref(),
            Setting::Console => self.vu_console.as_ref(),
            Setting::Requests => self.vu_requests.as_ref(),
            Setting::Bodies => self.vu_bodies.as_ref(),
            Setting::Handles => self.vu_handles.as_ref(),
        }
    }
}

impl Sandbox {
    /// Whether a script gets this variable of the system.
    pub fn grants_variable(&self, name: &str) -> bool {
        self.env.as_ref().is_none_or(|patterns| {
            patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(beginning) => name.starts_with(beginning),
                None => name == pattern,
            })
        })
    }
}

/// A list with what errors call it.
struct Named {
    name: String,
    texts: Vec<String>,
}

impl Named {
    fn rules(self) -> Result<Vec<Rule>, Failure> {
        let rule = |text: &String| {
            Rule::parse(text).map_err(|error| wrong(format!("{}: {error}", self.name)))
        };
        self.texts.iter().map(rule).collect()
    }

    fn variables(self) -> Result<Vec<String>, Failure> {
        let is_wrong = |text: &&String| {
            let name = text.strip_suffix('*').unwrap_or(text);
            name.contains(['*', '='])
        };
        match self.texts.iter().find(is_wrong) {
            Some(text) => Err(wrong(format!(
                "{} has \"{text}\", expected the name of a variable, or the beginning of names and a \
                 star: NAME, PREFIX_*",
                self.name
            ))),
            None => Ok(self.texts),
        }
    }
}

fn object(config: &Value) -> Result<Map<String, Value>, Failure> {
    let Some(object) = config.as_object() else {
        return Err(wrong(format!("{CONFIG_KEY} in the configuration file is not an object")));
    };
    let known = |key: &String| {
        let key = key.as_str();
        LISTS.contains(&key)
            || key == vus::MAX_VUS
            || Setting::ALL.iter().any(|setting| setting.key() == key)
    };
    match object.keys().find(|key| !known(key)) {
        Some(key) => {
            let settings = Setting::ALL.iter().map(|setting| setting.key());
            let all = LISTS
                .into_iter()
                .chain([vus::MAX_VUS])
                .chain(settings)
                .collect::<Vec<_>>()
                .join(", ");
            Err(wrong(format!("{} does not exist; there are {all}", configured(key))))
        }
        None => Ok(object.clone()),
    }
}

/// The texts of a list: an array, or a text with commas between them.
fn configured_list(config: &Map<String, Value>, key: &str) -> Result<Option<Vec<String>>, Failure> {
    let no_list = || wrong(format!("{} is not a list of strings", configured(key)));
    match config.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.split(',').map(str::to_owned).collect())),
        Some(Value::Array(items)) => {
            let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
            texts.collect::<Option<Vec<_>>>().map(Some).ok_or_else(no_list)
        }
        Some(_) => Err(no_list()),
    }
}

fn configured(key: &str) -> String {
    format!("{CONFIG_KEY}.{key} in the configuration file")
}

#[cfg(test)]
mod tests;
