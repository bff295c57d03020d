//! Where limits and grants can stand, and what is told of what is wrong.

use clap::Parser;
use serde_json::json;

use super::*;

#[derive(Parser)]
struct Only {
    #[command(flatten)]
    sandbox: SandboxArgs,
}

fn read(flags: &[&str], config: Option<Value>) -> Result<Sandbox, String> {
    let only = Only::try_parse_from([&["test"], flags].concat()).unwrap();
    only.sandbox.read(config.as_ref()).map_err(|failure| failure.report(false))
}

fn rules(texts: &[&str]) -> Vec<Rule> {
    texts.iter().map(|text| Rule::parse(text).unwrap()).collect()
}

#[test]
fn lists_can_be_repeated_and_have_commas() {
    let flags =
        ["--allow-net", "a.test, b.test:80", "--allow-net=10.0.0.0/8", "--deny-net", "c.test"];
    let expected = NetworkGrants::everything()
        .allow(rules(&["a.test", "b.test:80", "10.0.0.0/8"]))
        .deny(rules(&["c.test"]));
    assert_eq!(read(&flags, None).unwrap().network, expected);
    assert_eq!(read(&["--allow-net", ""], None).unwrap().network, NetworkGrants::nothing());
    assert_eq!(read(&[], None).unwrap().network, NetworkGrants::everything());
}

#[test]
fn a_flag_takes_the_place_of_the_configuration_file() {
    let config = json!({
        "allowNet": ["a.test"], "denyNet": "b.test,c.test", "allowEnv": [], "vuMemory": "64MiB",
        "vuSockets": 5, "vuCpu": null
    });
    let sandbox = read(&["--allow-net", "d.test", "--vu-memory", "1MiB"], Some(config)).unwrap();
    let network =
        NetworkGrants::everything().allow(rules(&["d.test"])).deny(rules(&["b.test", "c.test"]));
    assert_eq!(sandbox.network, network);
    let limits = VuLimits { memory: 1 << 20, sockets: 5, ..VuLimits::default() };
    assert_eq!(sandbox.limits, limits);
    assert!(!sandbox.grants_variable("PATH"));
}

#[test]
fn variables_are_granted_by_name_or_beginning() {
    let sandbox = read(&["--allow-env", "HOME,APP_*"], None).unwrap();
    for (name, granted) in
        [("HOME", true), ("HOMES", false), ("APP_", true), ("APP_KEY", true), ("PATH", false)]
    {
        assert_eq!(sandbox.grants_variable(name), granted, "{name}");
    }
    assert!(read(&[], None).unwrap().grants_variable("PATH"));
    assert!(!read(&["--allow-env", ""], None).unwrap().grants_variable("PATH"));
}

#[test]
fn what_is_wrong_is_told_with_where_it_stands() {
    for (flags, config, expected) in [
        (
            &["--allow-net", "ws://a.test/"][..],
            json!({}),
            "--allow-net: \"ws://a.test/\" is a URL; a rule has no scheme and no path: a.test",
        ),
        (&["--vu-sockets", "many"], json!({}), "--vu-sockets is \"many\", expected a whole number"),
        (
            &["--allow-env", "*A"],
            json!({}),
            "--allow-env has \"*A\", expected the name of a variable",
        ),
        (
            &[],
            json!({ "denyNet": ["a b"] }),
            "sandbox.denyNet in the configuration file: \"a b\" is not a rule",
        ),
        (&[], json!({ "denyNet": 1 }), "sandbox.denyNet in the configuration file is not a list"),
        (
            &[],
            json!({ "vuMemory": true }),
            "sandbox.vuMemory in the configuration file is \"true\"",
        ),
        (
            &[],
            json!({ "vuMem": 1 }),
            "sandbox.vuMem in the configuration file does not exist; there",
        ),
        (&[], json!([]), "sandbox in the configuration file is not an object"),
    ] {
        let error = read(flags, Some(config)).unwrap_err();
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

#[test]
fn each_limit_has_its_flag_and_its_variable() {
    let command = <Only as clap::CommandFactory>::command();
    for setting in Setting::ALL {
        let flag = setting.flag().trim_start_matches("--");
        let argument = command.get_arguments().find(|one| one.get_long() == Some(flag));
        let variable = argument.and_then(|one| one.get_env()).and_then(|name| name.to_str());
        let expected = format!("WASOCK_{}", flag.replace('-', "_").to_uppercase());
        assert_eq!(variable, Some(expected.as_str()));
        let help = argument.and_then(|one| one.get_help()).unwrap().to_string();
        let default = setting.value(&VuLimits::default());
        assert!(help.ends_with(&format!("[default: {default}]")), "{flag}: {help}");
    }
}
