//! Requests over real sockets, at the level of the resources.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;
use wasock_server::{Server, ServerConfig};
use wasock_sockets::bindings::events::WaitError;
use wasock_sockets::bindings::types::ErrorCode;
use wasock_sockets::{AllowAll, BoundObserver, SocketsCtx};

use crate::bindings::http::{Outcome, RequestOptions};
use crate::limits::DEFAULT_REQUESTS;
use crate::request::wait;
use crate::{Exchange, HttpBound, HttpCtx, HttpObserver, Pace, Request};

fn options() -> RequestOptions {
    RequestOptions {
        headers: Vec::new(),
        body: None,
        encodings: Vec::new(),
        cookies: Vec::new(),
        timeout: None,
        redirects: None,
        authentication: None,
        discard_body: false,
    }
}

/// A guest that may connect everywhere.
struct Guest {
    sockets: SocketsCtx,
    http: HttpCtx,
    last: u32,
}

impl Guest {
    fn new() -> Self {
        Self::with(SocketsCtx::builder().network(Arc::new(AllowAll)).build())
    }

    fn with(sockets: SocketsCtx) -> Self {
        let http = HttpCtx::builder(&sockets).build();
        Self { sockets, http, last: 0 }
    }

    /// A guest whose requests are spaced together with those of others.
    fn paced(pace: &Arc<Pace>) -> Self {
        let sockets = SocketsCtx::builder().network(Arc::new(AllowAll)).build();
        let http = HttpCtx::builder(&sockets).pace(Some(pace.clone())).build();
        Self { sockets, http, last: 0 }
    }

    fn request(&mut self) -> Request {
        self.last += 1;
        Request::new(self.last, None, self.http.shared.clone())
    }

    /// Makes a request and waits for its end.
    async fn get(&mut self, url: String) -> Outcome {
        let mut request = self.request();
        request.start("GET", url, options(), None).expect("it is well-formed");
        self.ends(&request).await.expect("nobody interrupts");
        request.take().expect("it has ended")
    }

    async fn ends(&self, request: &Request) -> Result<Vec<u32>, WaitError> {
        wait(&self.http.shared, &[request.started().expect("it was started")]).await
    }
}

async fn server() -> (Server, String) {
    let server = Server::start(ServerConfig::default()).await.expect("the server starts");
    let url = format!("http://{}/http", server.address().expect("it has a plain port"));
    (server, url)
}

/// Notes how each exchange ended.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl HttpObserver for Notes {
    fn ended(&self, exchange: &Exchange<'_>) {
        let note = match exchange.answer {
            Ok(answer) => answer.status.to_string(),
            Err(failure) => failure.kind.clone(),
        };
        self.0.lock().push(note);
    }
}

#[tokio::test]
async fn nothing_is_granted_unless_the_embedder_says_so() {
    let (_server, url) = server().await;
    let mut guest = Guest::with(SocketsCtx::builder().build());
    let failure = guest.get(format!("{url}/echo")).await.answer.expect_err("it is forbidden");
    assert!(matches!(failure.code, ErrorCode::AccessDenied(_)), "{failure:?}");
}

#[tokio::test]
async fn a_request_is_started_once_and_taken_once() {
    let (_server, url) = server().await;
    let mut guest = Guest::new();
    let mut request = guest.request();
    assert!(request.take().is_none());
    assert!(request.started().is_none());
    request.start("GET", format!("{url}/echo"), options(), None).expect("it is well-formed");
    let again = request.start("GET", format!("{url}/echo"), options(), None);
    assert!(matches!(again, Err(ErrorCode::InvalidState)));
    assert_eq!(guest.ends(&request).await.expect("nobody interrupts"), [0]);
    assert_eq!(request.take().expect("it has ended").answer.expect("an answer").status, 200);
    assert!(request.take().is_none());
}

#[tokio::test]
async fn what_is_malformed_is_refused_at_once() {
    let mut guest = Guest::new();
    for (method, url) in [("G T", "http://a.test/"), ("CONNECT", "http://a.test/"), ("GET", "a")] {
        let refused = guest.request().start(method, url.to_owned(), options(), None);
        assert!(matches!(refused, Err(ErrorCode::InvalidArgument(_))), "{method} {url}");
    }
}

#[tokio::test]
async fn a_request_that_is_dropped_is_told_once_and_gives_its_place_back() {
    let (_server, url) = server().await;
    let mut guest = Guest::new();
    let notes = Arc::new(Notes::default());
    let mut request = guest.request();
    request.set_observer(notes.clone());
    request.start("GET", format!("{url}/echo?delay=60000"), options(), None).expect("started");
    // Its task has begun the exchange when it has had a turn.
    tokio::task::yield_now().await;
    drop(request);
    assert_eq!(*notes.0.lock(), ["given up"]);
    for _ in 0..DEFAULT_REQUESTS {
        assert!(guest.http.shared.claim());
    }
    let refused = guest.request().start("GET", url, options(), None);
    assert!(matches!(refused, Err(ErrorCode::LimitReached(_))));
}

/// Writes down the bounds that are reached.
#[derive(Default)]
struct Reached(Mutex<Vec<HttpBound>>);

impl BoundObserver<HttpBound> for Reached {
    fn reached(&self, bound: HttpBound) {
        self.0.lock().push(bound);
    }

    fn advice(&self, bound: HttpBound) -> Option<String> {
        (bound == HttpBound::Requests).then(|| "ask for more".to_owned())
    }
}

#[tokio::test]
async fn a_refusal_says_what_the_limit_is_and_how_to_raise_it() {
    let reached = Arc::new(Reached::default());
    let sockets = SocketsCtx::builder().network(Arc::new(AllowAll)).build();
    let http = HttpCtx::builder(&sockets).requests(0).bound_observer(reached.clone()).build();
    let mut guest = Guest { sockets, http, last: 0 };
    let refused = guest.request().start("GET", "http://localhost/".to_owned(), options(), None);
    let Err(ErrorCode::LimitReached(text)) = refused else { panic!("{refused:?}") };
    assert_eq!(text, "the limit of 0 requests at one time is reached; ask for more");
    assert_eq!(*reached.0.lock(), [HttpBound::Requests]);
}

#[tokio::test(start_paused = true)]
async fn requests_of_all_guests_are_spaced_evenly() {
    // Nobody answers, so each lasts as long as it may from its turn on, on a clock that waits for nothing else.
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let url = format!("http://{}/", listener.local_addr().expect("it has an address"));
    let second = Duration::from_secs(1);
    let nanos = Some(second.as_nanos().try_into().expect("it fits"));
    let pace = Arc::new(Pace::per_second(4).expect("it is not 0"));
    let start = Instant::now();
    let mut guests = [(); 3].map(|()| Guest::paced(&pace));
    let mut requests = Vec::new();
    for index in [0, 1, 2, 0, 1, 2] {
        let mut request = guests[index].request();
        let options = RequestOptions { timeout: nanos, ..options() };
        request.start("GET", url.clone(), options, None).expect("it is well-formed");
        requests.push((index, request));
    }
    let mut ends = Vec::new();
    for (index, request) in &requests {
        guests[*index].ends(request).await.expect("nobody interrupts");
        ends.push(start.elapsed());
    }
    assert_eq!(ends, [0, 1, 2, 3, 4, 5].map(|turn| second + second / 4 * turn));
}

#[tokio::test]
async fn each_redirection_is_told() {
    let (_server, url) = server().await;
    let mut guest = Guest::new();
    let notes = Arc::new(Notes::default());
    let mut request = guest.request();
    request.set_observer(notes.clone());
    request.start("GET", format!("{url}/redirect?n=2"), options(), None).expect("started");
    guest.ends(&request).await.expect("nobody interrupts");
    assert_eq!(*notes.0.lock(), ["302", "302", "200"]);
}

#[tokio::test]
async fn an_interrupted_guest_does_not_wait() {
    let (_server, url) = server().await;
    let mut guest = Guest::new();
    let mut request = guest.request();
    request.start("GET", format!("{url}/echo?delay=60000"), options(), None).expect("started");
    let interrupter = guest.sockets.interrupter();
    let (ended, ()) = tokio::join!(guest.ends(&request), async { interrupter.interrupt() });
    assert_eq!(ended, Err(WaitError::Interrupted));
}

#[tokio::test]
async fn one_connection_serves_request_after_request() {
    let (server, url) = server().await;
    let mut guest = Guest::new();
    for _ in 0..3 {
        guest.get(format!("{url}/echo")).await.answer.expect("an answer");
    }
    assert_eq!(server.statistics().connections_total, 1);
    guest.http.close_idle();
    guest.get(format!("{url}/echo")).await.answer.expect("an answer");
    assert_eq!(server.statistics().connections_total, 2);
}
