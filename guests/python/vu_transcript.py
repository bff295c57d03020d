"""Calls of every kind that the world `vu` has besides, with a line for each fact: guests/transcripts/ has the lines."""

from componentize_py_types import Err, Ok
from transcript import MILLISECOND, Transcript, reason, refused, result, yes
from wasock import check, connect_options, env, log
from wit_world.imports import cookies, environment, execution, files, http, metrics, round_trips, secrets, shared_data
from wit_world.imports import summary, tags, timers
from wit_world.imports.metrics import Contents, Kind
from wit_world.imports.sockets import Socket
from wit_world.imports.types import ErrorCode_InvalidState, Header


def vu(_data):
    script = Vu()
    script.request()
    script.exchanges()
    cookie_jar()
    measuring()
    tagging()
    script.round_trips()
    sharing()
    values()
    surroundings()


class Vu(Transcript):
    def request(self):
        with http.Request(self.queue) as request:

            def start(what, method, url, how=None):
                result(what, request.start, method, url, how or options(), None)

            url = self.url("/http/status/418")
            start("request of a wrong method", "a b", url)
            start("request of nonsense", "GET", "nonsense")
            start("request by ws", "GET", "ws://a.test/")
            start("request with a wrong header", "GET", url, options(headers=[Header("a b", "a b")]))
            metrics.measure_request(request, [], None)
            start("request", "GET", url)
            start("request again", "GET", url)
            self.event()
            match request.take().answer:
                case Ok(answer):
                    log(f"status {answer.status}")
            log(f"taken again: {yes(request.take() is not None)}")

    def exchanges(self):
        self.exchange("/http/redirect?to=/http/status/418")
        self.exchange("/http/redirect?to=/http/status/418&n=2", options(redirects=1))
        self.exchange("/http/bytes?size=5")
        self.exchange("/http/bytes?size=5", options(discard_body=True))
        self.exchange("/http/status/200?set=a%3D1")
        self.exchange("/http/basic-auth?user=a&password=b")
        self.exchange("/http/basic-auth?user=a&password=b", user="a:b@")
        self.exchange("/http/drop")
        self.exchange("/http/echo?delay=60000", options(timeout=50 * MILLISECOND))
        self.exchange("http://blocked.test/")
        self.exchange("http://nobody.invalid/")
        self.exchange("http://127.0.0.1:1/")

    def exchange(self, path, how=None, user=""):
        """Makes a request that no queue tells of, and writes what came of it."""
        with http.Request(None) as request:
            result(path, request.start, "GET", self.url(path, user), how or options(), None)
            http.wait([request])
            log(answer_line(request.take().answer))

    def url(self, path, user=""):
        return path if "://" in path else f"http{self.base.removeprefix('ws')}{path}".replace("://", f"://{user}")

    def round_trips(self):
        kind = result("round trips", round_trips.declare, None, [], None)
        result("round trips of a wrong name", round_trips.declare, "a b", [], None)
        with Socket(self.queue) as socket, metrics.Meter(socket, metrics.SocketApi.WEBSOCKETS, []) as meter:

            def waits():
                log(f"sent, and waits for a reply: {yes(round_trips.sent(meter, kind, 'a'))}")

            def reply(what, key):
                took = round_trips.received(meter, kind, key, timers.now())
                log(f"{what}: {yes(took is not None)}")

            result("connect", socket.connect, f"{self.base}/echo", connect_options())
            self.event()
            result("send-text", socket.send_text, "a")
            result("sent with a long key", round_trips.sent, meter, kind, "k" * 1025)
            waits()
            self.event()
            reply("replied to another", "b")
            reply("replied", "a")
            reply("replied again", "a")
            socket.abort()
            self.event()
            result("send-text", socket.send_text, "a")
            meter.sent_late()
            waits()
            meter.refused("nonsense", ErrorCode_InvalidState())


def options(**options):
    """What a request takes."""
    fields = dict(headers=[], body=None, encodings=[], cookies=[], timeout=None, redirects=None)
    fields |= dict(authentication=None, discard_body=False)
    return http.RequestOptions(**(fields | options))


def answer_line(answer):
    match answer:
        case Ok(it):
            too_many = " too many redirects" if it.too_many_redirects else ""
            version = it.version.name.lower()
            return f'answered "{it.status_text}" {version} body {len(it.body)} cookies {len(it.cookies)}{too_many}'
        case Err(it):
            return f'failed {it.number} "{it.kind}" {reason(it.code)}'


def cookie_jar():
    with cookies.Jar() as jar:
        none = cookies.Attributes(None, None, None, None, False, False)
        result("set", jar.set, "ws://a.test/", "a", "b", none)
        result("set for nonsense", jar.set, "nonsense", "a", "b", none)
        jar_lines("cookies", jar, "ws://a.test/")
        fields = ["c=d; Secure", "e=f; Path=/deep", "g=h; Domain=b.test"]
        result("store", jar.store, "wss://a.test/", fields)
        result("store for nonsense", jar.store, "nonsense", fields)
        jar_lines("cookies below a path", jar, "ws://a.test/deep/")
        jar_lines("cookies by TLS", jar, "wss://a.test/")
        jar_lines("cookies for nonsense", jar, "nonsense")
        result("remove", jar.remove, "ws://a.test/", "a")
        result("remove for nonsense", jar.remove, "nonsense", None)
        jar_lines("cookies after that", jar, "ws://a.test/")
    with cookies.current() as jar:
        jar_lines("cookies of the user", jar, "ws://a.test/")


def jar_lines(what, jar, url):
    try:
        found = jar.cookies(url)
    except Err as error:
        return refused(what, error)
    log(f"{what}: {len(found)}")
    for name, value in found:
        log(f"cookie {name}={value}")


def measuring():
    first = result("declare", metrics.declare, "transcript", Kind.COUNTER, Contents.DEFAULT)
    second = result("declare again", metrics.declare, "transcript", Kind.COUNTER, Contents.DEFAULT)
    log(f"the same: {yes(first == second)}")
    result("declare as another", metrics.declare, "transcript", Kind.TREND, Contents.DEFAULT)
    result("declare with other contents", metrics.declare, "transcript", Kind.COUNTER, Contents.DATA)
    result("declare a wrong name", metrics.declare, "a b", Kind.TREND, Contents.DEFAULT)
    result("declare a gauge", metrics.declare, "transcript_gauge", Kind.GAUGE, Contents.DATA)
    result("declare a rate", metrics.declare, "transcript_rate", Kind.RATE, Contents.DEFAULT)
    result("declare a trend", metrics.declare, "transcript_trend", Kind.TREND, Contents.TIME)
    metrics.add(first, 3.0, [])
    check("transcript", True)


def tagging():
    tags.set("language", "any")
    tag_line("tag", tags.all(), "language")
    tags.remove("language")
    tag_line("tag", tags.all(), "language")
    tags.set_metadata("trace", "any")
    tag_line("metadata", tags.all_metadata(), "trace")
    tags.remove_metadata("trace")
    tag_line("metadata", tags.all_metadata(), "trace")


def tag_line(what, found, name):
    [value] = [tag.value for tag in found if tag.name == name] or [None]
    log(f"no {what} {name}" if value is None else f"{what} {name}={value}")


def sharing():
    found = shared_data.find("transcript")
    log(f"find: {case(found)}")
    result("find while it is made", shared_data.find, "transcript")
    result("append", found.value.append, ["a", "b"])
    shared_data.Draft.finish(found.value)
    again = shared_data.find("transcript")
    log(f"find again: {case(again)}")
    log(f"length {again.value.length()}")
    for index in [1, 2]:
        element = again.value.element(index)
        log(f"element {index}: {'none' if element is None else element}")


def case(found):
    return type(found).__name__.removeprefix("Found_").lower()


def values():
    log(f"summary: {'none' if summary.text(False, []) is None else 'some'}")
    for contents in [Contents.DEFAULT, Contents.TIME, Contents.DATA]:
        log(f"value {summary.value(1234.5, contents, None)}")
    for unit in ["s", "ms", "us"]:
        log(f"value in {unit} {summary.value(1234.5, Contents.TIME, unit)}")
    log(f"share {summary.share(0.5)}")


def surroundings():
    log(f"variable {env('NAME', 'missing')}")
    log(f"random-bytes {len(environment.random_bytes(16))}")
    log(f"unix-time is of this century: {yes(environment.unix_time() // 1_000_000_000 > 1_600_000_000)}")
    vu, scenario, instance = execution.vu(), execution.scenario(), execution.instance()
    log(f"vu {vu.id_in_test} iteration {vu.iteration_in_instance}")
    log(f"scenario {scenario.name} {scenario.executor}")
    at_work, iterations = instance.vus_active, instance.iterations_completed
    log(f"instance: {at_work} of {instance.vus_initialized} at work, {iterations} iterations")
    log(f"options are an object: {yes(execution.options().startswith('{'))}")
    result("secret", secrets.get, None, "key")
    result("secret of a source", secrets.get, "vault", "key")
    result("read", files.read, "http://a.test/", "file:///test.js")
    log(f"interrupted: {yes(execution.interrupted())}")
