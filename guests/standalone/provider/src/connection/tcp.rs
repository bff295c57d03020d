//! TCP without waiting, over `wasi:sockets`.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use wasip2::io::poll::Pollable;
use wasip2::io::streams::{InputStream, OutputStream, StreamError};
use wasip2::sockets::network::{
    self, ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress,
    Ipv6SocketAddress,
};
use wasip2::sockets::tcp::TcpSocket;
use wasip2::sockets::tcp_create_socket::create_tcp_socket;

use crate::bindings::types::ErrorCode as Failure;

/// A connection that is being made. What can be waited for goes before what it is of.
pub(super) struct Connecting {
    ready: Pollable,
    socket: TcpSocket,
}

/// A connection.
pub(crate) struct Tcp {
    readable: Pollable,
    writable: Pollable,
    input: InputStream,
    output: OutputStream,
    /// The last read brought all there was: the next may only follow when there is more.
    is_drained: bool,
    /// The last write was not taken whole.
    is_blocked: bool,
    _socket: TcpSocket,
}

impl Connecting {
    /// Begins to connect to an address.
    pub(super) fn new(network: &network::Network, address: SocketAddr) -> Result<Self, ErrorCode> {
        let family = match address {
            SocketAddr::V4(_) => IpAddressFamily::Ipv4,
            SocketAddr::V6(_) => IpAddressFamily::Ipv6,
        };
        let socket = create_tcp_socket(family)?;
        socket.start_connect(network, socket_address(address))?;
        Ok(Self { ready: socket.subscribe(), socket })
    }

    /// What there is to wait for.
    pub(super) fn source(&self) -> &Pollable {
        &self.ready
    }

    /// The connection, if it is made; itself, if it is not yet.
    pub(super) fn finish(self) -> Result<Result<Tcp, Self>, ErrorCode> {
        match self.socket.finish_connect() {
            Ok((input, output)) => Ok(Ok(Tcp {
                readable: input.subscribe(),
                writable: output.subscribe(),
                input,
                output,
                is_drained: true,
                is_blocked: false,
                _socket: self.socket,
            })),
            Err(ErrorCode::WouldBlock) => Ok(Err(self)),
            Err(error) => Err(error),
        }
    }
}

impl Tcp {
    /// Lets the next read look for what has come.
    pub(super) fn look(&mut self) {
        self.is_drained = false;
    }

    /// What a read waits for.
    pub(super) fn readable(&self) -> &Pollable {
        &self.readable
    }

    /// What a write waits for, if one does.
    pub(super) fn writable(&self) -> Option<&Pollable> {
        self.is_blocked.then_some(&self.writable)
    }
}

impl Read for Tcp {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_drained {
            return Err(ErrorKind::WouldBlock.into());
        }
        match self.input.read(buffer.len() as u64) {
            Ok(bytes) => {
                // What comes later is told by the source, which says when there is more.
                self.is_drained = bytes.len() < buffer.len();
                if bytes.is_empty() {
                    return Err(ErrorKind::WouldBlock.into());
                }
                buffer[..bytes.len()].copy_from_slice(&bytes);
                Ok(bytes.len())
            }
            Err(StreamError::Closed) => Ok(0),
            // WASI 0.2 has no number for it; of a connection that was made this is what goes wrong.
            Err(StreamError::LastOperationFailed(_)) => Err(ErrorKind::ConnectionReset.into()),
        }
    }
}

impl Write for Tcp {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let broken = |_| io::Error::from(ErrorKind::ConnectionReset);
        let permitted = self.output.check_write().map_err(broken)?;
        let length = bytes.len().min(usize::try_from(permitted).unwrap_or(usize::MAX));
        self.is_blocked = length == 0;
        if length == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.output.write(&bytes[..length]).map_err(broken)?;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush().map_err(|_| ErrorKind::ConnectionReset.into())
    }
}

/// An address of `wasi:sockets`.
fn socket_address(address: SocketAddr) -> IpSocketAddress {
    let port = address.port();
    match address {
        SocketAddr::V4(v4) => {
            IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address: v4.ip().octets().into() })
        }
        SocketAddr::V6(v6) => IpSocketAddress::Ipv6(Ipv6SocketAddress {
            port,
            flow_info: v6.flowinfo(),
            address: v6.ip().segments().into(),
            scope_id: v6.scope_id(),
        }),
    }
}

/// The address that `wasi:sockets` means.
pub(super) fn ip_address(address: IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4((a, b, c, d)) => Ipv4Addr::new(a, b, c, d).into(),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => Ipv6Addr::new(a, b, c, d, e, f, g, h).into(),
    }
}

/// What an error of `wasi:sockets` means to a guest.
pub(super) fn failure(error: ErrorCode) -> Failure {
    match error {
        ErrorCode::AccessDenied => {
            Failure::AccessDenied("the host of this component grants no such connection".to_owned())
        }
        ErrorCode::ConnectionRefused => Failure::ConnectionRefused,
        ErrorCode::ConnectionReset | ErrorCode::ConnectionAborted => Failure::ConnectionReset,
        ErrorCode::RemoteUnreachable => Failure::Unreachable,
        ErrorCode::Timeout => Failure::Timeout,
        ErrorCode::NewSocketLimit => {
            Failure::LimitReached("the host of this component has no socket left".to_owned())
        }
        // Its text is the documentation of WASI, whose first line says what it is.
        other => Failure::Other(other.message().lines().next().map(str::to_owned)),
    }
}
