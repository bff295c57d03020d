//! What the world `vu` has besides.

use wasock_guest::bindings::wasock::websocket::shared_data::{Draft, Found};
use wasock_guest::bindings::wasock::websocket::{
    files, round_trips, secrets, shared_data, summary,
};
use wasock_guest::cookies::{Attributes, Jar, current};
use wasock_guest::environment::{random_bytes, unix_time};
use wasock_guest::http::{self, Answer, Failure, Request, RequestOptions, Version};
use wasock_guest::metrics::{Contents, Kind, Meter, SocketApi};
use wasock_guest::sockets::Socket;
use wasock_guest::tags::{self, Tag};
use wasock_guest::types::{ErrorCode, Header};
use wasock_guest::{Result, check, connect_options, env, execution, log, metrics, timers};

use super::{MILLISECOND, Transcript, reason, refusal, result, yes};

/// Calls that the world `vu` has besides.
pub async fn vu(_data: Option<String>) -> Result<()> {
    let script = Transcript::new();
    script.request();
    script.exchanges();
    cookies();
    measuring();
    tagging();
    script.round_trips();
    sharing();
    values();
    surroundings();
    Ok(())
}

impl Transcript {
    fn request(&self) {
        let request = Request::new(Some(&self.queue));
        let start = |what, method, url: &str, options: RequestOptions| {
            result(what, request.start(method, url, &options, None));
        };
        let url = self.http_url("/http/status/418", "");
        start("request of a wrong method", "a b", &url, plain());
        start("request of nonsense", "GET", "nonsense", plain());
        start("request by ws", "GET", "ws://a.test/", plain());
        let headers = vec![Header { name: "a b".to_owned(), value: "a b".to_owned() }];
        let wrong = RequestOptions { headers, ..plain() };
        start("request with a wrong header", "GET", &url, wrong);
        metrics::measure_request(&request, &[], None);
        start("request", "GET", &url, plain());
        start("request again", "GET", &url, plain());
        self.event();
        if let Some(outcome) = request.take() {
            log(format!("status {}", outcome.answer.map_or(0, |answer| answer.status)));
        }
        log(format!("taken again: {}", yes(request.take().is_some())));
    }

    fn exchanges(&self) {
        self.exchange("/http/redirect?to=/http/status/418", "", plain());
        let redirects = RequestOptions { redirects: Some(1), ..plain() };
        self.exchange("/http/redirect?to=/http/status/418&n=2", "", redirects);
        self.exchange("/http/bytes?size=5", "", plain());
        let discard = RequestOptions { discard_body: true, ..plain() };
        self.exchange("/http/bytes?size=5", "", discard);
        self.exchange("/http/status/200?set=a%3D1", "", plain());
        self.exchange("/http/basic-auth?user=a&password=b", "", plain());
        self.exchange("/http/basic-auth?user=a&password=b", "a:b@", plain());
        self.exchange("/http/drop", "", plain());
        let short = RequestOptions { timeout: Some(50 * MILLISECOND), ..plain() };
        self.exchange("/http/echo?delay=60000", "", short);
        self.exchange("http://blocked.test/", "", plain());
        self.exchange("http://nobody.invalid/", "", plain());
        self.exchange("http://127.0.0.1:1/", "", plain());
    }

    /// Makes a request that no queue tells of, and writes what came of it.
    fn exchange(&self, path: &str, user: &str, options: RequestOptions) {
        let request = Request::new(None);
        result(path, request.start("GET", &self.http_url(path, user), &options, None));
        http::wait(&[&request]).expect("nobody interrupts");
        let outcome = request.take().expect("it has ended");
        log(outcome.answer.map_or_else(|failure| failure_line(&failure), |it| answer_line(&it)));
    }

    fn http_url(&self, path: &str, user: &str) -> String {
        if path.contains("://") {
            return path.to_owned();
        }
        let url = format!("http{}{path}", self.base.trim_start_matches("ws"));
        url.replacen("://", &format!("://{user}"), 1)
    }

    fn round_trips(&self) {
        let declared = round_trips::declare(None, &[], None);
        refusal("round trips", declared.clone().map(drop));
        let kind = declared.expect("it was declared");
        let wrong = round_trips::declare(Some("a b"), &[], None);
        refusal("round trips of a wrong name", wrong.map(drop));
        let socket = Socket::new(&self.queue);
        let meter = Meter::new(&socket, SocketApi::Websockets, &[]);
        let waits = || {
            let waits = round_trips::sent(&meter, kind, Some("a")).expect("the key is short");
            log(format!("sent, and waits for a reply: {}", yes(waits)));
        };
        let reply = |what, key| {
            let took = round_trips::received(&meter, kind, Some(key), timers::now());
            log(format!("{what}: {}", yes(took.is_some())));
        };
        result("connect", socket.connect(&self.url("/echo"), &connect_options()));
        self.event();
        result("send-text", socket.send_text("a"));
        let long = round_trips::sent(&meter, kind, Some(&"k".repeat(1025)));
        refusal("sent with a long key", long.map(drop));
        waits();
        self.event();
        reply("replied to another", "b");
        reply("replied", "a");
        reply("replied again", "a");
        socket.abort();
        self.event();
        result("send-text", socket.send_text("a"));
        meter.sent_late();
        waits();
        meter.refused("nonsense", &ErrorCode::InvalidState);
    }
}

fn plain() -> RequestOptions {
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

fn failure_line(failure: &Failure) -> String {
    format!("failed {} \"{}\" {}", failure.number, failure.kind, reason(&failure.code))
}

fn answer_line(answer: &Answer) -> String {
    let version = match answer.version {
        Version::Http10 => "http10",
        Version::Http11 => "http11",
        Version::Http2 => "http2",
    };
    let (status, body, cookies) = (&answer.status_text, answer.body.len(), answer.cookies.len());
    let too_many = if answer.too_many_redirects { " too many redirects" } else { "" };
    format!("answered \"{status}\" {version} body {body} cookies {cookies}{too_many}")
}

fn cookies() {
    let jar = Jar::new();
    let none = Attributes {
        domain: None,
        path: None,
        max_age: None,
        expires: None,
        secure: false,
        http_only: false,
    };
    refusal("set", jar.set("ws://a.test/", "a", "b", &none));
    refusal("set for nonsense", jar.set("nonsense", "a", "b", &none));
    jar_lines("cookies", &jar, "ws://a.test/");
    let fields = ["c=d; Secure", "e=f; Path=/deep", "g=h; Domain=b.test"].map(str::to_owned);
    refusal("store", jar.store("wss://a.test/", &fields));
    refusal("store for nonsense", jar.store("nonsense", &fields));
    jar_lines("cookies below a path", &jar, "ws://a.test/deep/");
    jar_lines("cookies by TLS", &jar, "wss://a.test/");
    jar_lines("cookies for nonsense", &jar, "nonsense");
    refusal("remove", jar.remove("ws://a.test/", Some("a")));
    refusal("remove for nonsense", jar.remove("nonsense", None));
    jar_lines("cookies after that", &jar, "ws://a.test/");
    jar_lines("cookies of the user", &current(), "ws://a.test/");
}

fn jar_lines(what: &str, jar: &Jar, url: &str) {
    match jar.cookies(url) {
        Ok(cookies) => {
            log(format!("{what}: {}", cookies.len()));
            for (name, value) in cookies {
                log(format!("cookie {name}={value}"));
            }
        }
        Err(text) => refusal(what, Err(text)),
    }
}

fn measuring() {
    let declare = |what, name, kind, contents| {
        let declared = metrics::declare(name, kind, contents);
        refusal(what, declared.clone().map(drop));
        declared.ok()
    };
    let first = declare("declare", "transcript", Kind::Counter, Contents::Default);
    let second = declare("declare again", "transcript", Kind::Counter, Contents::Default);
    log(format!("the same: {}", yes(first == second)));
    declare("declare as another", "transcript", Kind::Trend, Contents::Default);
    declare("declare with other contents", "transcript", Kind::Counter, Contents::Data);
    declare("declare a wrong name", "a b", Kind::Trend, Contents::Default);
    declare("declare a gauge", "transcript_gauge", Kind::Gauge, Contents::Data);
    declare("declare a rate", "transcript_rate", Kind::Rate, Contents::Default);
    declare("declare a trend", "transcript_trend", Kind::Trend, Contents::Time);
    metrics::add(first.expect("it was declared"), 3.0, &[]);
    check("transcript", true);
}

fn tagging() {
    tags::set("language", "any");
    tag_line("tag", &tags::all(), "language");
    tags::remove("language");
    tag_line("tag", &tags::all(), "language");
    tags::set_metadata("trace", "any");
    tag_line("metadata", &tags::all_metadata(), "trace");
    tags::remove_metadata("trace");
    tag_line("metadata", &tags::all_metadata(), "trace");
}

fn tag_line(what: &str, all: &[Tag], name: &str) {
    let tag = all.iter().find(|tag| tag.name == name);
    log(tag.map_or(format!("no {what} {name}"), |tag| format!("{what} {name}={}", tag.value)));
}

fn sharing() {
    let Ok(Found::Missing(draft)) = find("find") else { return };
    refusal("find while it is made", shared_data::find("transcript").map(drop));
    refusal("append", draft.append(&["a", "b"].map(str::to_owned)));
    let _made = Draft::finish(draft);
    let Ok(Found::Complete(array)) = find("find again") else { return };
    log(format!("length {}", array.length()));
    for index in [1, 2] {
        let element = array.element(index).unwrap_or_else(|| "none".to_owned());
        log(format!("element {index}: {element}"));
    }
}

fn find(what: &str) -> Result<Found, String> {
    let found = shared_data::find("transcript")?;
    let case = if matches!(found, Found::Complete(_)) { "complete" } else { "missing" };
    log(format!("{what}: {case}"));
    Ok(found)
}

fn values() {
    let text = summary::text(false, &[]);
    log(format!("summary: {}", if text.is_some() { "some" } else { "none" }));
    for contents in [Contents::Default, Contents::Time, Contents::Data] {
        log(format!("value {}", summary::value(1234.5, contents, None)));
    }
    for unit in ["s", "ms", "us"] {
        let value = summary::value(1234.5, Contents::Time, Some(unit));
        log(format!("value in {unit} {value}"));
    }
    log(format!("share {}", summary::share(0.5)));
}

fn surroundings() {
    log(format!("variable {}", env("NAME").unwrap_or_else(|| "missing".to_owned())));
    log(format!("random-bytes {}", random_bytes(16).len()));
    let this_century = unix_time() / 1_000_000_000 > 1_600_000_000;
    log(format!("unix-time is of this century: {}", yes(this_century)));
    let (vu, instance) = (execution::vu(), execution::instance());
    log(format!("vu {} iteration {}", vu.id_in_test, vu.iteration_in_instance));
    if let Some(scenario) = execution::scenario() {
        log(format!("scenario {} {}", scenario.name, scenario.executor));
    }
    let (at_work, iterations) = (instance.vus_active, instance.iterations_completed);
    let initialized = instance.vus_initialized;
    log(format!("instance: {at_work} of {initialized} at work, {iterations} iterations"));
    log(format!("options are an object: {}", yes(execution::options().starts_with('{'))));
    refusal("secret", secrets::get(None, "key").map(drop));
    refusal("secret of a source", secrets::get(Some("vault"), "key").map(drop));
    refusal("read", files::read("http://a.test/", "file:///test.js").map(drop));
    log(format!("interrupted: {}", yes(execution::interrupted())));
}
