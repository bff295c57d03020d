//! From an endpoint to a stream: its name, TCP, TLS.

use std::net::{IpAddr, SocketAddr};
use std::task::Poll;

use url::Host;
use wasip2::io::poll::Pollable;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::{ResolveAddressStream, resolve_addresses};
use wasip2::sockets::network::{self, Network};

use super::Attempt;
use super::stream::{Stream, io_error, would_block};
use super::tcp::{Connecting, Tcp, failure, ip_address};
use super::tls::Tls;
use crate::bindings::types::ErrorCode;
use crate::clock;
use crate::dialer::Endpoint;
use crate::reactor::Sources;

/// A connection that is being made.
pub(crate) struct Dial {
    network: Network,
    endpoint: Endpoint,
    /// Until when.
    deadline: u64,
    step: Step,
}

enum Step {
    Begin,
    Resolving(Lookup),
    Connecting(Trying),
    Securing(Box<Tls>),
    Done,
}

/// A name whose addresses are being looked for. What can be waited for goes before what it is of.
struct Lookup {
    ready: Pollable,
    stream: ResolveAddressStream,
    found: Vec<IpAddr>,
}

/// Addresses that are tried in turn.
struct Trying {
    addresses: Vec<SocketAddr>,
    next: usize,
    current: Option<Connecting>,
    /// Until when the current one is tried.
    until: u64,
}

impl Dial {
    /// One to this endpoint.
    pub(crate) fn new(endpoint: Endpoint, deadline: u64) -> Self {
        Self { network: instance_network(), endpoint, deadline, step: Step::Begin }
    }

    /// Goes on as far as it can, noting in `attempt` how far that is.
    pub(crate) fn advance(&mut self, attempt: &mut Attempt) -> Poll<Result<Stream, ErrorCode>> {
        loop {
            match std::mem::replace(&mut self.step, Step::Done) {
                Step::Begin => self.step = self.begin()?,
                Step::Resolving(lookup) => match lookup.advance()? {
                    Ok(found) => self.step = self.resolved(found, attempt),
                    Err(lookup) => {
                        self.step = Step::Resolving(lookup);
                        return Poll::Pending;
                    }
                },
                Step::Connecting(trying) => {
                    let tried = trying.advance(&self.network, self.deadline, attempt);
                    if !matches!(tried, Ok(Err(_))) {
                        attempt.timings.connected = attempt.elapsed();
                    }
                    match tried? {
                        Ok(tcp) if self.endpoint.secure => {
                            let tls = Tls::new(&self.endpoint.host, tcp);
                            self.step = Step::Securing(Box::new(tls.map_err(ErrorCode::Tls)?));
                        }
                        Ok(tcp) => return Poll::Ready(Ok(Stream::Plain(Box::new(tcp)))),
                        Err(trying) => {
                            self.step = Step::Connecting(trying);
                            return Poll::Pending;
                        }
                    }
                }
                Step::Securing(mut tls) => {
                    tls.look();
                    let secured = tls.shake_hands();
                    if secured.as_ref().is_err_and(would_block) {
                        self.step = Step::Securing(tls);
                        return Poll::Pending;
                    }
                    attempt.timings.secured = attempt.elapsed();
                    let secured = secured.map(|()| Stream::Tls(tls));
                    return Poll::Ready(secured.map_err(|error| io_error(&error)));
                }
                Step::Done => return Poll::Pending,
            }
        }
    }

    fn begin(&self) -> Result<Step, ErrorCode> {
        let name = match &self.endpoint.host {
            Host::Ipv4(address) => return Ok(self.trying(vec![(*address).into()])),
            Host::Ipv6(address) => return Ok(self.trying(vec![(*address).into()])),
            Host::Domain(name) => name,
        };
        let stream = resolve_addresses(&self.network, name).map_err(unresolved)?;
        let ready = stream.subscribe();
        Ok(Step::Resolving(Lookup { ready, stream, found: Vec::new() }))
    }

    fn resolved(&self, found: Vec<IpAddr>, attempt: &mut Attempt) -> Step {
        attempt.timings.resolved = attempt.elapsed();
        self.trying(found)
    }

    fn trying(&self, found: Vec<IpAddr>) -> Step {
        let port = self.endpoint.port;
        let addresses = found.into_iter().map(|address| SocketAddr::new(address, port)).collect();
        Step::Connecting(Trying { addresses, next: 0, current: None, until: 0 })
    }

    /// Whether it waits for nothing yet.
    pub(crate) fn is_new(&self) -> bool {
        matches!(self.step, Step::Begin)
    }

    /// When it has to go on though nothing happens.
    pub(crate) fn deadline(&self) -> Option<u64> {
        match &self.step {
            Step::Connecting(trying) => Some(trying.until),
            _ => None,
        }
    }

    /// What it waits for.
    pub(crate) fn sources(&self) -> Sources<'_> {
        match &self.step {
            Step::Resolving(lookup) => [Some(&lookup.ready), None],
            Step::Connecting(trying) => [trying.current.as_ref().map(Connecting::source), None],
            Step::Securing(tls) => [tls.tcp().writable(), Some(tls.tcp().readable())],
            Step::Begin | Step::Done => [None, None],
        }
    }
}

impl Lookup {
    /// The addresses, at least one; itself, if there may be more.
    fn advance(mut self) -> Result<Result<Vec<IpAddr>, Self>, ErrorCode> {
        loop {
            match self.stream.resolve_next_address() {
                Ok(Some(address)) => self.found.push(ip_address(address)),
                Ok(None) if self.found.is_empty() => return Err(ErrorCode::NameUnresolvable),
                Ok(None) => return Ok(Ok(self.found)),
                Err(network::ErrorCode::WouldBlock) => return Ok(Err(self)),
                Err(error) => return Err(unresolved(error)),
            }
        }
    }
}

impl Trying {
    /// The connection; itself, if none of the addresses has answered yet. The error is that of the last. Each
    /// gets its share of the time that is left, so that one that never answers does not keep the others
    /// from being tried.
    fn advance(
        mut self,
        network: &Network,
        deadline: u64,
        attempt: &mut Attempt,
    ) -> Result<Result<Tcp, Self>, ErrorCode> {
        let mut last = ErrorCode::Timeout;
        loop {
            let now = clock::now();
            if let Some(connecting) = self.current.take() {
                match connecting.finish() {
                    Ok(Ok(tcp)) => return Ok(Ok(tcp)),
                    Ok(Err(connecting)) if now < self.until => {
                        self.current = Some(connecting);
                        return Ok(Err(self));
                    }
                    Ok(Err(_)) => last = ErrorCode::Timeout,
                    Err(error) => last = failure(error),
                }
            }
            let Some(address) = self.addresses.get(self.next) else { return Err(last) };
            attempt.peer = Some(*address);
            let untried = (self.addresses.len() - self.next) as u64;
            self.until = now.saturating_add(deadline.saturating_sub(now) / untried);
            self.next += 1;
            match Connecting::new(network, *address) {
                Ok(connecting) => self.current = Some(connecting),
                Err(error) => last = failure(error),
            }
        }
    }
}

/// What goes wrong with a name.
fn unresolved(error: network::ErrorCode) -> ErrorCode {
    match error {
        network::ErrorCode::AccessDenied => {
            ErrorCode::AccessDenied("the host of this component resolves no names".to_owned())
        }
        _ => ErrorCode::NameUnresolvable,
    }
}
