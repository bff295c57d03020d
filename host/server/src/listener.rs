//! Accepting connections, and the way of each from its first byte to its endpoint.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::http::StatusCode;

use crate::Limits;
use crate::connection::Connection;
use crate::http::{self, Answer, Head, Opening};
use crate::room::Rooms;
use crate::routes::{self, Endpoint, Route};
use crate::shutdown::Shutdown;
use crate::statistics::Counters;
use crate::stream::Stream;
use crate::{crocochat, deflate, echo, endings, misdeeds, web};

/// The pause after a failed accept. The usual cause is that the process has no file descriptor left, and that only
/// passes when some connection ends: so soon that clients hardly wait, so seldom that it costs nothing.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How many connections above the limit are kept long enough to tell them so; more are dropped unheard. They are few
/// beside [`DEFAULT_CONNECTIONS`](crate::DEFAULT_CONNECTIONS).
const MAX_REFUSALS: u64 = 1024;

/// What all connections of a server share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) limits: Limits,
    pub(crate) counters: Arc<Counters>,
    pub(crate) rooms: Arc<Rooms>,
}

/// Accepts connections until the server stops, then gives those that are open a bounded time to
/// end.
pub(crate) async fn run(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    mut shutdown: Shutdown,
) {
    let mut clients = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.asked() => break,
            Some(ended) = clients.join_next() => {
                report_panic(ended);
                continue;
            }
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((tcp, _)) => {
                clients.spawn(serve(tcp, tls.clone(), Arc::clone(&shared), shutdown.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    let all_ended = async {
        while let Some(ended) = clients.join_next().await {
            report_panic(ended);
        }
    };
    if timeout(shared.limits.shutdown_time, all_ended).await.is_err() {
        tracing::debug!(left = clients.len(), "connections did not end in time and are cut");
    }
}

fn report_panic(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a connection's task failed");
    }
}

/// Serves one connection.
async fn serve(
    tcp: TcpStream,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    mut shutdown: Shutdown,
) {
    let open = shared.counters.connection_opened();
    let limit = u64::try_from(shared.limits.connections).unwrap_or(u64::MAX);
    if open.others() >= limit.saturating_add(MAX_REFUSALS) {
        return;
    }
    let is_admitted = open.others() < limit;
    let connection = tokio::select! {
        biased;
        opened = open_connection(tcp, tls, &shared, is_admitted, shutdown.clone()) => opened,
        // Nobody is owed a goodbye before the opening handshake is done.
        () = shutdown.asked() => None,
    };
    if let Some((mut connection, endpoint)) = connection {
        serve_endpoint(&mut connection, endpoint, &shared).await;
        connection.finish().await;
    }
}

/// Brings a connection to the point where it is a WebSocket; `None` if it got an answer in HTTP, or
/// failed.
async fn open_connection(
    tcp: TcpStream,
    tls: Option<TlsAcceptor>,
    shared: &Arc<Shared>,
    is_admitted: bool,
    mut shutdown: Shutdown,
) -> Option<(Connection, Endpoint)> {
    let limits = &shared.limits;
    let mut stream = open_stream(tcp, tls, limits.handshake_time).await?;
    if stream.is_http2() {
        if is_admitted {
            web::serve_http2(&mut stream, shared).await;
        }
        return None;
    }
    let Head { request, rest } = read_handshake(&mut stream, shared, is_admitted).await?;
    let route =
        if is_admitted { routes::route(&request, limits) } else { Route::Answer(no_room(limits)) };
    match route {
        Route::Socket { endpoint, response } => {
            if let Err(error) = http::send_upgrade(&mut stream, &response).await {
                tracing::debug!(%error, "a client left during its opening handshake");
                return None;
            }
            let counters = Arc::clone(&shared.counters);
            Some((Connection::new(stream, rest, limits, shutdown, counters).await, endpoint))
        }
        Route::Answer(answer) => {
            http::send_answer(&mut stream, answer, limits.close_time).await;
            None
        }
        Route::Misdeed(misdeed) => {
            misdeeds::answer(&mut stream, misdeed, &shared.counters, &mut shutdown).await;
            None
        }
    }
}

/// The head of an opening handshake; `None` if the client asked for something else, which it got, or for nothing.
async fn read_handshake(
    stream: &mut Stream,
    shared: &Arc<Shared>,
    is_admitted: bool,
) -> Option<Head> {
    let limits = &shared.limits;
    match http::read_head(stream, limits).await {
        Ok(Opening::Head(head)) => return Some(*head),
        Ok(Opening::Http(read)) if is_admitted => web::serve_http1(stream, read, shared).await,
        Ok(Opening::Http(_)) => {
            http::send_answer(stream, no_room(limits), limits.close_time).await;
        }
        Err(error) => {
            tracing::debug!(%error, "no request");
            if let Some(answer) = error.answer() {
                http::send_answer(stream, answer, limits.close_time).await;
            }
        }
    }
    None
}

fn no_room(limits: &Limits) -> Answer {
    let text = format!("all {} connections of this server are taken", limits.connections);
    http::text(StatusCode::SERVICE_UNAVAILABLE, text)
}

async fn open_stream(tcp: TcpStream, tls: Option<TlsAcceptor>, time: Duration) -> Option<Stream> {
    // Messages go out when the server flushes; without this the kernel would hold small ones back.
    if let Err(error) = tcp.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let Some(acceptor) = tls else {
        return Some(Stream::Plain(tcp));
    };
    match timeout(time, acceptor.accept(tcp)).await {
        Ok(Ok(stream)) => Some(Stream::Tls(Box::new(stream))),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a TLS handshake failed");
            None
        }
        Err(_) => {
            tracing::debug!("a TLS handshake took too long");
            None
        }
    }
}

async fn serve_endpoint(connection: &mut Connection, endpoint: Endpoint, shared: &Shared) {
    let outcome = match endpoint {
        Endpoint::Echo => echo::serve(connection, std::iter::empty()).await,
        Endpoint::Late { delay } => echo::late(connection, delay).await,
        Endpoint::Headers { json } => {
            echo::serve(connection, std::iter::once(Message::text(json))).await
        }
        Endpoint::Tls => {
            let json = connection.tls_report().to_string();
            echo::serve(connection, std::iter::once(Message::text(json))).await
        }
        Endpoint::Ping { count } => echo::serve(connection, echo::pings(count)).await,
        Endpoint::Push { count, size } => endings::push(connection, count, size).await,
        Endpoint::Close { frame, now } => endings::close(connection, frame, now).await,
        Endpoint::Drop => endings::drop_connection(connection).await,
        Endpoint::Reset => endings::reset(connection).await,
        Endpoint::Garbage => endings::garbage(connection).await,
        Endpoint::Silent => {
            endings::silent(connection).await;
            Ok(())
        }
        Endpoint::Deflate(deflate) => {
            deflate::serve(connection, deflate, shared.limits.message_size).await;
            Ok(())
        }
        Endpoint::Misdeed(misdeed) => {
            let (stream, shutdown) = connection.abandon();
            misdeeds::frames(stream, misdeed, shutdown).await;
            Ok(())
        }
        Endpoint::Chat { room } => {
            crocochat::serve(connection, &shared.rooms, room).await;
            Ok(())
        }
    };
    tracing::trace!(?outcome, "an endpoint is done");
}
