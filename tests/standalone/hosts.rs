//! Plain hosts of WASI 0.2 that know nothing of wasock: `wasmtime-wasi` as it is, and `jco run`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex};

use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, OptLevel, Store};
use wasmtime_wasi::p2::bindings::Command as WasiCommand;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::common::runtime;
use crate::root;

/// How much a command may write.
const OUTPUT: usize = 16 << 20;

/// What a command left.
pub struct Ended {
    pub succeeded: bool,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// Fails the test, with all that was written, unless the command succeeded.
    #[track_caller]
    pub fn well(self) -> Self {
        assert!(self.succeeded, "\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails the test if the command succeeded.
    #[track_caller]
    pub fn badly(self) -> Self {
        assert!(!self.succeeded, "\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

/// A host.
#[derive(Clone, Copy, Debug)]
pub enum Host {
    /// The command world of `wasmtime-wasi`, with the network and names granted.
    Wasmtime,
    /// `jco run` on Node.js.
    Jco,
}

impl Host {
    pub const ALL: [Self; 2] = [Self::Wasmtime, Self::Jco];

    /// Runs a command with arguments and environment variables.
    pub fn run(self, component: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
        match self {
            Self::Wasmtime => run_in_wasmtime(component, arguments, variables, true),
            Self::Jco => run_by_jco(component, arguments, variables),
        }
    }
}

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// Runs a command in wasmtime, with or without a network.
pub fn run_in_wasmtime(
    component: &Path,
    arguments: &[&str],
    variables: &[(&str, &str)],
    network: bool,
) -> Ended {
    let (stdout, stderr) = (MemoryOutputPipe::new(OUTPUT), MemoryOutputPipe::new(OUTPUT));
    let mut wasi = WasiCtx::builder();
    wasi.arg(component.display().to_string()).args(arguments).envs(variables);
    wasi.stdout(stdout.clone()).stderr(stderr.clone());
    wasi.allow_tcp(network).allow_ip_name_lookup(network);
    if network {
        wasi.inherit_network();
    }
    let state = State { wasi: wasi.build(), table: ResourceTable::new() };
    let ran = runtime().block_on(command(component, state));
    let text = |pipe: MemoryOutputPipe| String::from_utf8_lossy(&pipe.contents()).into_owned();
    let trap = ran.as_ref().err().map(|error| format!("{error:?}\n")).unwrap_or_default();
    Ended {
        succeeded: matches!(ran, Ok(Ok(()))),
        stdout: text(stdout),
        stderr: text(stderr) + &trap,
    }
}

async fn command(component: &Path, state: State) -> wasmtime::Result<Result<(), ()>> {
    let component = compiled(component)?;
    let mut linker = Linker::new(component.engine());
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    let mut store = Store::new(component.engine(), state);
    let command = WasiCommand::instantiate_async(&mut store, &component, &linker).await?;
    command.wasi_cli_run().call_run(&mut store).await
}

/// A component, compiled. What takes long is done once, and not well: it runs for a moment.
fn compiled(path: &Path) -> wasmtime::Result<Component> {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
        let mut config = Config::new();
        config.cranelift_opt_level(OptLevel::None);
        Engine::new(&config).expect("the settings go together")
    });
    static COMPONENTS: LazyLock<Mutex<HashMap<PathBuf, Component>>> = LazyLock::new(Mutex::default);
    if let Some(component) = COMPONENTS.lock().expect("no test panics here").get(path) {
        return Ok(component.clone());
    }
    let component = Component::from_file(&ENGINE, path)?;
    let mut components = COMPONENTS.lock().expect("no test panics here");
    components.insert(path.to_owned(), component.clone());
    Ok(component)
}

/// The folder in which `make hosts-wasi` has put jco and Node.js.
pub fn jco_programs() -> PathBuf {
    let programs = root().join("target/standalone/jco/node_modules/.bin");
    assert!(programs.join("jco").exists(), "`make hosts-wasi` has not made {}", programs.display());
    programs.canonicalize().expect("it is there")
}

/// The environment variable `PATH` with jco and its Node.js in front.
pub fn path_with_jco() -> std::ffi::OsString {
    let others = std::env::var_os("PATH").unwrap_or_default();
    let all = [jco_programs()].into_iter().chain(std::env::split_paths(&others));
    std::env::join_paths(all).expect("paths have no colons")
}

fn run_by_jco(component: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut command = Command::new(jco_programs().join("jco"));
    command.arg("run").arg(component).args(arguments).env("PATH", path_with_jco());
    let output = command.envs(variables.iter().copied()).stdin(Stdio::null()).output();
    let output = output.expect("jco starts");
    Ended {
        succeeded: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
