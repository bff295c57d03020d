"""Calls of every kind that the world `client` has, with a line for each fact: guests/transcripts/ has the lines."""

from transcript import MILLISECOND, Transcript, result, yes
from wasock import connect_options as options, env, log
from wit_world.imports import events
from wit_world.imports.sockets import Socket
from wit_world.imports.timers import Timer


def client(_data):
    script = Client()
    script.conversation()
    script.endings()
    script.securing()
    script.waiting()
    script.giving_up()
    script.timers()


class Client(Transcript):
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
        result("connect to a long URL", socket.connect, f"ws://a.test/{'x' * 299_987}", options())

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
        self.attempt("/reset", "x")
        self.attempt("/garbage", "x")
        self.attempt("/fault?flip=1048")
        self.attempt("/status/404")
        self.attempt("/not-websocket")
        self.attempt("/garbage-handshake")
        self.attempt("/slow-handshake", how=options(timeout=0.05))
        self.attempt("ws://blocked.test/")
        self.attempt("ws://nobody.invalid/")
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

    def securing(self):
        """Speaks TLS to a server that does not."""
        _, _, rest = env("PLAIN", self.base).partition(":")
        with Socket(self.queue) as socket:
            result("connect by TLS", socket.connect, f"wss:{rest}", options())
            self.event()

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

    def events(self, what, most, timeout):
        log(f"{what}: {len(self.queue.wait(most, timeout))} events")


def state(socket):
    log(f"state {socket.state().name.lower()}")
