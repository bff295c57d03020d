"""Calls of every kind, with a line for each fact: guests/transcripts/ has the lines."""

from componentize_py_types import Err, Ok
from wasock import check, connect_options as options, describe, env, log
from wit_world.imports import environment, events, execution, http, metrics, secrets, summary, tags
from wit_world.imports.cookies import Attributes, Jar
from wit_world.imports.metrics import Contents, Kind
from wit_world.imports.sockets import Socket
from wit_world.imports.timers import Timer

MILLISECOND = 1_000_000


def client(_data):
    """Those of the world `client`."""
    script = Transcript()
    script.conversation()
    script.endings()
    script.waiting()
    script.giving_up()
    script.timers()


def vu(_data):
    """Those that the world `vu` has besides."""
    Transcript().http()
    cookies()
    measuring()
    surroundings()


class Transcript:
    def __init__(self):
        self.queue = events.EventQueue()
        self.base = env("WS", "ws://echo.example")

    def conversation(self):
        with Socket(self.queue) as socket:
            log(f"socket {socket.id()}")
            self.before_connect(socket)
            self.talk(socket)
            self.closing(socket)

    def before_connect(self, socket):
        state(socket)
        result("send-text", socket.send_text, "x")
        result("send-binary", socket.send_binary, b"x")
        result("ping", socket.ping, b"p")
        result("close", socket.close, 1000, "")
        socket.abort()
        state(socket)
        result("connect to nonsense", socket.connect, "nonsense", options())
        result("connect to http", socket.connect, "http://a.test/", options())
        result("connect with a wrong protocol", socket.connect, self.base, options(protocols=["a b"]))
        wrong = options(headers={"a b": "a b"})
        result("connect with a wrong header", socket.connect, self.base, wrong)

    def talk(self, socket):
        how = options(protocols=["unsupported", "chat.v1"])
        result("connect", socket.connect, f"{self.base}/protocol", how)
        self.event()
        state(socket)
        for text in ["hello", "", "✓ 🐊"]:
            result("send-text", socket.send_text, text)
            self.event()
        result("send-binary", socket.send_binary, b"\0\1\xff")
        self.event()
        result("send-binary of nothing", socket.send_binary, b"")
        self.event()
        result("ping", socket.ping, b"p")
        self.event()
        result("ping of 126 bytes", socket.ping, bytes(126))
        for digit in range(10):
            result("send-text", socket.send_text, str(digit))
        for _ in range(10):
            self.event()
        log(f"buffered-amount {socket.buffered_amount()}")

    def closing(self, socket):
        result("close with a reason alone", socket.close, None, "bye")
        result("close with a reason of 124 bytes", socket.close, 1000, "r" * 124)
        result("close", socket.close, 3001, "bye")
        self.event()
        state(socket)
        result("close again", socket.close, 3001, "bye")
        result("send-text when closed", socket.send_text, "x")
        self.events("after closed", 64, 0)

    def endings(self):
        self.attempt("/push?n=3&size=4")
        self.attempt("/push?n=1&size=100", how=options(max_message_size=10))
        self.attempt("/close?code=4001&reason=oops&now=1")
        self.attempt("/close", "x")
        self.attempt("/drop", "x")
        self.attempt("/garbage", "x")
        self.attempt("/status/404")
        self.attempt("/not-websocket")
        self.attempt("/garbage-handshake")
        self.attempt("/slow-handshake", how=options(timeout=0.05))
        self.attempt("ws://blocked.test/")
        self.attempt("ws://127.0.0.1:1/")

    def attempt(self, path, message=None, how=None):
        """Connects, says something once it is open, and writes what comes of it until the end."""
        with Socket(self.queue) as socket:
            url = path if "://" in path else self.base + path
            result(path, socket.connect, url, how or options())
            while True:
                event = self.event()
                if isinstance(event, events.Event_Opened) and message:
                    result("send-text", socket.send_text, message)
                if isinstance(event, events.Event_Closed | events.Event_Failed):
                    return

    def waiting(self):
        """A state lasts as long as the server keeps the socket in it."""
        with Socket(self.queue) as socket:
            result("connect", socket.connect, f"{self.base}/slow-handshake", options())
            state(socket)
            result("connect again", socket.connect, f"{self.base}/slow-handshake", options())
            result("send-text while connecting", socket.send_text, "x")
            result("ping while connecting", socket.ping, b"p")
            result("close while connecting", socket.close, None, "")
            self.event()
        with Socket(self.queue) as socket:
            result("connect", socket.connect, f"{self.base}/silent", options())
            self.event()
            result("close", socket.close, 3001, "bye")
            state(socket)
            result("send-text while closing", socket.send_text, "x")
            result("ping while closing", socket.ping, b"p")
            socket.abort()
            self.event()
            state(socket)

    def giving_up(self):
        for abort in [True, False]:
            with Socket(self.queue) as socket:
                result("connect", socket.connect, f"{self.base}/ping?n=3", options())
                for _ in range(4):
                    self.event()
                if abort:
                    socket.abort()
                    self.event()
                    state(socket)
        self.events("after a drop", 64, 20 * MILLISECOND)

    def timers(self):
        self.events("wait of 0", 0, MILLISECOND)
        self.events("wait without waiting", 1, 0)
        with Timer(self.queue, MILLISECOND, None):
            self.event()
        period = 5 * MILLISECOND
        with Timer(self.queue, 0, period):
            fired = [self.queue.wait(1, None)[0].value for _ in range(3)]
        # A period may have gone by before.
        self.queue.wait(64, 0)
        pairs = zip(fired, fired[1:])
        whole = all(second.due - first.due == period * (1 + first.missed) for first, second in pairs)
        log(f"periods are whole: {yes(whole)}")
        with Timer(self.queue, 10 * MILLISECOND, None):
            pass
        self.events("after the timers", 64, 30 * MILLISECOND)

    def http(self):
        with http.Request(self.queue) as request:
            url = f"http{self.base.removeprefix('ws')}/http/status/418"
            how = http.RequestOptions([], None, [], [], None, None, None, False)
            result("request of a wrong method", request.start, "a b", url, how, None)
            result("request", request.start, "GET", url, how, None)
            self.event()
            match request.take().answer:
                case Ok(answer):
                    log(f"status {answer.status}")
            log(f"taken again: {yes(request.take() is not None)}")

    def event(self):
        """Writes one event, and returns it."""
        event = self.queue.wait(1, None)[0]
        log(event_line(event))
        return event

    def events(self, what, most, timeout):
        log(f"{what}: {len(self.queue.wait(most, timeout))} events")


def event_line(event):
    it = event.value
    match event:
        case events.Event_Opened():
            return f'opened {it.socket} status {it.handshake.status} protocol "{it.handshake.protocol}"'
        case events.Event_Failed():
            status = it.handshake.status if it.handshake else 0
            return f"failed {it.socket} status {status} {describe(it.failure.code)}"
        case events.Event_Text():
            return f'text {it.socket} "{it.data}"'
        case events.Event_Binary() | events.Event_Ping() | events.Event_Pong():
            kind = type(event).__name__.removeprefix("Event_").lower()
            return f"{kind} {it.socket} [{it.data.hex()}]"
        case events.Event_Closed():
            clean = "clean" if it.was_clean else "unclean"
            failure = describe(it.failure.code) if it.failure else "no failure"
            return f'closed {it.socket} code {it.code} "{it.reason}" {clean} {failure}'
        case events.Event_Timer():
            return f"timer {it.timer}"
        case events.Event_Completed():
            return f"completed {it.operation}"


def cookies():
    with Jar() as jar:
        none = Attributes(None, None, None, None, False, False)
        result("set", jar.set, "ws://a.test/", "a", "b", none)
        result("set for nonsense", jar.set, "nonsense", "a", "b", none)
        for name, value in jar.cookies("ws://a.test/"):
            log(f"cookie {name}={value}")


def measuring():
    first = result("declare", metrics.declare, "transcript", Kind.COUNTER, Contents.DEFAULT)
    second = result("declare again", metrics.declare, "transcript", Kind.COUNTER, Contents.DEFAULT)
    log(f"the same: {yes(first == second)}")
    result("declare as another", metrics.declare, "transcript", Kind.TREND, Contents.DEFAULT)
    result("declare a wrong name", metrics.declare, "a b", Kind.TREND, Contents.DEFAULT)
    metrics.add(first, 3.0, [])
    check("transcript", True)
    tags.set("language", "any")
    for tag in tags.all():
        if tag.name == "language":
            log(f"tag {tag.name}={tag.value}")
    tags.remove("language")


def surroundings():
    log(f"variable {env('NAME', 'missing')}")
    log(f"random-bytes {len(environment.random_bytes(16))}")
    vu, scenario = execution.vu(), execution.scenario()
    log(f"vu {vu.id_in_test} iteration {vu.iteration_in_instance}")
    log(f"scenario {scenario.name} {scenario.executor}")
    result("secret", secrets.get, None, "key")
    log(f"summary: {'none' if summary.text(False, []) is None else 'some'}")
    log(f"value {summary.value(1234.5, Contents.TIME, None)}")
    log(f"share {summary.share(0.5)}")
    log(f"interrupted: {yes(execution.interrupted())}")


def state(socket):
    log(f"state {socket.state().name.lower()}")


def result(what, call, *arguments):
    """Writes what a call came to, and returns its result."""
    try:
        value = call(*arguments)
        log(f"{what}: ok")
        return value
    except Err as error:
        log(f"{what}: {error.value if isinstance(error.value, str) else describe(error.value)}")


def yes(whether):
    return "yes" if whether else "no"
