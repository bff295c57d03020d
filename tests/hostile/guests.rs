//! Makes components of the guests that are written in WebAssembly.

use std::fs;
use std::path::{Path, PathBuf};

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// What the definitions of a guest take the place of in `guest.wat`.
const PLACE: &str = ";; {guest}\n";

/// What a line begins with that stands for as many of its kind as the number behind it says.
const REPEATED: &str = ";;×";

/// What a guest has of these, if it does not define them itself.
const DEFAULTS: [(&str, &str); 4] = [
    ("(memory (export", "(memory (export \"memory\") 2)"),
    ("$at-init", "(func $at-init)"),
    ("$attack", "(func $attack)"),
    ("cabi_realloc", "(export \"cabi_realloc\" (func $allocate))"),
];

/// The world that guests may import from: that of virtual users, parts of WASI, and what no host has.
const WORLD: &str = "
    package wasock:hostile;

    world guest {
        include wasock:websocket/vu@0.1.0;
        import wasi:filesystem/preopens@0.2.6;
        import wasi:cli/environment@0.2.6;
        import wasi:sockets/instance-network@0.2.6;
        import wasi:sockets/tcp-create-socket@0.2.6;
        import evil:host/shell;
    }

    package evil:host { interface shell { run: func(command: string); } }

    package wasi:cli@0.2.6 {
        interface environment {
            get-environment: func() -> list<tuple<string, string>>;
            get-arguments: func() -> list<string>;
        }
    }

    package wasi:filesystem@0.2.6 {
        interface types { resource descriptor; }
        interface preopens {
            use types.{descriptor};
            get-directories: func() -> list<tuple<descriptor, string>>;
        }
    }

    package wasi:sockets@0.2.6 {
        interface network {
            resource network;
            enum error-code {
                unknown, access-denied, not-supported, invalid-argument, out-of-memory, timeout,
                concurrency-conflict, not-in-progress, would-block, invalid-state, new-socket-limit,
                address-not-bindable, address-in-use, remote-unreachable, connection-refused,
                connection-reset, connection-aborted, datagram-too-large, name-unresolvable,
                temporary-resolver-failure, permanent-resolver-failure,
            }
            enum ip-address-family { ipv4, ipv6 }
        }
        interface instance-network {
            use network.{network};
            instance-network: func() -> network;
        }
        interface tcp { resource tcp-socket; }
        interface tcp-create-socket {
            use network.{error-code, ip-address-family};
            use tcp.{tcp-socket};
            create-tcp-socket: func(family: ip-address-family) -> result<tcp-socket, error-code>;
        }
    }
";

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder with the guests.
pub fn folder() -> PathBuf {
    root().join("tests/hostile/guests")
}

/// The names of all guests: family and name, without an extension.
pub fn all() -> Vec<String> {
    let mut names = Vec::new();
    for family in fs::read_dir(folder()).expect("the folder is there") {
        let family = family.expect("it can be read");
        for guest in fs::read_dir(family.path()).expect("guests are in folders") {
            let path = guest.expect("it can be read").path();
            let name = path.file_stem().expect("it has a name").to_string_lossy();
            names.push(format!("{}/{name}", family.file_name().to_string_lossy()));
        }
    }
    names.sort();
    names
}

/// Whether a guest is written in WebAssembly.
pub fn is_wasm(name: &str) -> bool {
    folder().join(format!("{name}.wat")).exists()
}

/// How long a guest may attack, as `guest.wat` has it.
pub const USUAL_TIME: &str = r#"\"maxDuration\":\"1s\""#;

/// As long as what is written in as many letters can be.
pub const MUCH_TIME: &str = r#"\"maxDuration\":\"9s\""#;

/// The component of a guest that is written in WebAssembly. `time` is how long it may attack.
pub fn component(name: &str, time: &str) -> Vec<u8> {
    let path = folder().join(format!("{name}.wat"));
    let text = repeat(&fs::read_to_string(&path).expect("the guest is there"));
    if text.contains("\n(component") || text.contains("\n(module") {
        return wat::parse_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let (imports, mut definitions) = parts(&text);
    for (name, definition) in DEFAULTS {
        if !text.contains(name) {
            definitions += definition;
        }
    }
    let template = root().join("tests/hostile/guest.wat");
    let template = fs::read_to_string(template).expect("the template is there");
    assert!(template.contains(USUAL_TIME), "guest.wat says how long a guest may attack");
    let template = template.replace(USUAL_TIME, time);
    let whole = template.replace("(module\n", &format!("(module\n{imports}"));
    let whole = whole.replace(PLACE, &format!("{definitions}\n"));
    let mut module = wat::parse_str(&whole).unwrap_or_else(|error| panic!("{name}: {error}"));
    let (resolve, world) = world();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
        .expect("the world can be encoded");
    let mut encoder = ComponentEncoder::default();
    let encoded = encoder.validate(true).module(&module).and_then(|encoder| encoder.encode());
    encoded.unwrap_or_else(|error| panic!("{name}: {error:#}"))
}

fn world() -> (Resolve, wit_parser::WorldId) {
    let mut resolve = Resolve::default();
    resolve.push_dir(root().join("wit")).expect("the WIT is sound");
    let package = resolve.push_str("hostile.wit", WORLD).expect("the world is sound");
    let world = resolve.select_world(&[package], Some("guest")).expect("it has the world");
    (resolve, world)
}

/// The imports, which come first in a module, and the rest. An import begins at the beginning of a line and ends
/// before the next definition.
fn parts(text: &str) -> (String, String) {
    let mut parts = (String::new(), String::new());
    let mut importing = false;
    for line in text.lines() {
        if line.starts_with('(') {
            importing = line.starts_with("(import");
        }
        let part = if importing { &mut parts.0 } else { &mut parts.1 };
        *part += line;
        part.push('\n');
    }
    parts
}

/// Writes repeated lines out.
fn repeat(text: &str) -> String {
    let line = |line: &str| {
        let repeated = line.trim_start().strip_prefix(REPEATED);
        match repeated.and_then(|rest| rest.split_once(' ')) {
            Some((times, line)) => {
                let times = times.parse().expect("the number of repetitions");
                format!("{line}\n").repeat(times)
            }
            None => format!("{line}\n"),
        }
    };
    text.lines().map(line).collect()
}
