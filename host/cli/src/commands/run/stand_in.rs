//! The server of `--serve`.

use wasock_runner::network::ServeTargets;
use wasock_server::{Server, ServerConfig};

use super::Failure;

/// The embedded server in the place of the script's servers. It ends when it is dropped.
pub(super) struct StandIn {
    /// Where connections go.
    pub(super) targets: ServeTargets,
    _server: Server,
}

impl StandIn {
    /// Starts it if it is asked for: for these hosts, with commas between several, or for all if there are none.
    ///
    /// # Errors
    ///
    /// It cannot listen.
    pub(super) async fn start(hosts: Option<&str>) -> Result<Option<Self>, Failure> {
        let Some(hosts) = hosts else { return Ok(None) };
        let config = ServerConfig { tls_port: Some(0), ..ServerConfig::default() };
        let server = Server::start(config).await?;
        let hosts: Vec<_> =
            hosts.split(',').map(str::trim).filter(|host| !host.is_empty()).collect();
        let hosts = (!hosts.is_empty()).then(|| hosts.into_iter().map(str::to_owned).collect());
        let plain = server.address().expect("a plain port was asked for");
        let tls = server.tls_address().expect("a TLS port was asked for");
        Ok(Some(Self { targets: ServeTargets { tls, plain, hosts }, _server: server }))
    }

    /// In the description of the run.
    pub(super) fn describe(&self) -> String {
        let ServeTargets { tls, plain, hosts } = &self.targets;
        let hosts = match hosts {
            Some(hosts) => hosts.join(", "),
            None => "all hosts".to_owned(),
        };
        format!("ws://{plain} and wss://{tls} in place of {hosts}")
    }
}
