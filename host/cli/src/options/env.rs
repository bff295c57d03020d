//! The variables of the script.

use std::env;
use std::ffi::OsString;

use super::{OptionArgs, wrong};
use crate::failure::Failure;
use crate::input::Input;
use crate::sandbox::Sandbox;

impl OptionArgs {
    /// The script's `__ENV`.
    ///
    /// # Errors
    ///
    /// A name is none.
    pub fn env(&self, input: &Input, sandbox: &Sandbox) -> Result<Vec<(String, String)>, Failure> {
        let mut env = match self.include_system_env_vars {
            true => system_environment(),
            false => Vec::new(),
        };
        env.retain(|(name, _)| sandbox.grants_variable(name));
        if let Input::Archive(archive) = input {
            env.retain(|(name, _)| !archive.metadata.env.contains_key(name));
            env.extend(archive.metadata.env.clone());
        }
        for (name, value) in self.env_flags()? {
            env.retain(|(other, _)| *other != name);
            env.push((name, value));
        }
        Ok(env)
    }

    /// The variables that flags set, in their order.
    ///
    /// # Errors
    ///
    /// A name is none.
    pub fn env_flags(&self) -> Result<Vec<(String, String)>, Failure> {
        let mut env = Vec::new();
        for variable in &self.env {
            let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
            if !is_variable_name(name) {
                return Err(wrong(format!(
                    "--env is \"{variable}\", expected NAME=value with a name of letters, digits \
                     and underscores that does not begin with a digit"
                )));
            }
            env.push((name.to_owned(), value.to_owned()));
        }
        Ok(env)
    }
}

/// The environment variables that are text.
pub fn system_environment() -> Vec<(String, String)> {
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    env::vars_os().filter_map(text).collect()
}

fn is_variable_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::tests::parse;

    fn script() -> Input {
        Input::Script(wasock_script::Entry::Path("script.js".into()))
    }

    #[test]
    fn variables_follow_those_of_the_system() {
        let flags = ["--include-system-env-vars=false", "-e", "A=1=2", "-e", "B", "-e", "A=3"];
        let env = parse(&flags).env(&script(), &Sandbox::default()).unwrap();
        assert_eq!(env, [("B".into(), String::new()), ("A".into(), "3".into())]);
        assert!(parse(&["-e", "1A=2"]).env(&script(), &Sandbox::default()).is_err());
        let system = parse(&["-e", "PATH=x"]).env(&script(), &Sandbox::default()).unwrap();
        assert_eq!(system.iter().filter(|(name, _)| name == "PATH").count(), 1);
    }
}
