"""Tests for wasock in Python, by componentize-py: asyncio on the event queue of wit/.

    import wasock

    test = wasock.Test(options={"vus": 10, "duration": "10s"})

    @test.function("default")
    async def echo(data):
        async with wasock.connect("wss://echo.example/echo") as socket:
            socket.send("hello")
            async for message in socket:
                wasock.check("is an echo", message == "hello")
                socket.close()

    Lifecycle = test.lifecycle
"""

import asyncio
import inspect
import json
import sys
import traceback
from collections.abc import Mapping
from datetime import timedelta

from componentize_py_types import Err
from wasock_loop import Interrupted, Loop, Pong
from wit_world.exports import lifecycle
from wit_world.imports import console, environment, events, metrics, sockets
from wit_world.imports.tags import Tag
from wit_world.imports.types import Header


class Test:
    """What a test consists of. Its functions may be coroutines; data of `setup` are values, not text."""

    def __init__(self, options=None):
        self._options = options
        self._functions = {}
        self._stages = {}

    def function(self, name):
        """Adds what iterations run, by the name that scenarios know it by."""

        def add(function):
            self._functions[name] = function
            return function

        return add

    def _named(self, name):
        def unknown(_data):
            raise LookupError(f'there is no function "{name}"; there are: {", ".join(self._functions)}')

        return self._functions.get(name, unknown)

    def setup(self, function):
        """Sets what runs once before all. Its result is the data of the other stages."""
        self._stages["setup"] = function
        return function

    def teardown(self, function):
        """Sets what runs once after all."""
        self._stages["teardown"] = function
        return function

    def handle_summary(self, function):
        """Sets what gets the results and returns the texts to write, by path, or `stdout` or `stderr`."""
        self._stages["handleSummary"] = function
        return function

    @property
    def lifecycle(self):
        """The class that the component exports; the module has to call it `Lifecycle`."""
        test = self

        class Lifecycle:
            def init(self):
                functions = [*test._functions, *test._stages]
                options = None if test._options is None else json.dumps(test._options)
                return lifecycle.ScriptInfo(functions, options)

            def setup(self):
                data = run(test._stages["setup"])
                return None if data is None else json.dumps(data)

            def iterate(self, name, data):
                run(test._named(name), _parse(data))

            def teardown(self, data):
                run(test._stages["teardown"], _parse(data))

            def handle_summary(self, data):
                files = run(test._stages["handleSummary"], _parse(data)) or {}
                return [lifecycle.SummaryOutput(path, text.encode()) for path, text in files.items()]

        return Lifecycle


def _parse(data):
    return None if data is None else json.loads(data)


def run(function, *arguments):
    """Runs a stage. What it raises is told to the host as the WIT has it."""
    try:
        result = function(*arguments)
        return Loop().run(result) if inspect.isawaitable(result) else result
    except Interrupted:
        raise Err(lifecycle.Failure_Interrupted()) from None
    except BaseException as error:
        # `sys.exit` and a task that was cancelled, too.
        message = f"{type(error).__name__}: {error}"
        stack = "".join(traceback.format_exception(error)).rstrip()
        raise Err(lifecycle.Failure_Exception(lifecycle.Exception(message, stack, None))) from None
    finally:
        # What was printed is in the log when its stage has ended.
        sys.stdout.flush()


_NAMES = {}


def describe(code):
    """The name of an error of the WIT, and its text if it has one."""
    kind = type(code)
    if kind not in _NAMES:
        words = kind.__name__.removeprefix("ErrorCode_")
        _NAMES[kind] = "".join(f"-{c.lower()}" if c.isupper() else c for c in words)[1:]
    text = getattr(code, "value", None)
    return _NAMES[kind] if text is None else f"{_NAMES[kind]}: {text}"


def nanoseconds(duration):
    """Seconds, or a `timedelta`, as a duration of the WIT."""
    if isinstance(duration, timedelta):
        duration = duration.total_seconds()
    if not isinstance(duration, int | float):
        raise TypeError(f"a duration is a number of seconds or a timedelta, and not {duration!r}")
    if not 0 <= duration * 1e9 < 2**64:
        raise ValueError(f"a duration cannot be {duration} seconds")
    return round(duration * 1e9)


def _pairs(make, fields):
    """Header fields or tags, of a dict or of pairs."""
    made = []
    for field in fields.items() if isinstance(fields, Mapping) else fields:
        match field:
            case (str(name), str(value)):
                made.append(make(name, value))
            case _:
                raise TypeError(f"a name and its value are two strings, and not {field!r}")
    return made


def connect_options(
    *,
    headers=(),
    protocols=(),
    deflate=False,
    timeout=None,
    close_timeout=None,
    max_message_size=None,
    ping_interval=None,
    pong_timeout=None,
    hold_close_answer=False,
):
    """What `connect` of the bindings takes: the fields of `connect-options` in wit/sockets.wit.

    `headers` is a dict, or pairs. `protocols` are strings, the preferred one first. `deflate` is true, or a dict of
    the fields of `deflate-options`. Durations are seconds, or a `timedelta`.
    """
    if isinstance(protocols, str) or not all(isinstance(protocol, str) for protocol in protocols):
        raise TypeError(f"protocols are a list of strings, and not {protocols!r}")
    if not isinstance(max_message_size, int | None):
        raise TypeError(f"max_message_size is a number of bytes, and not {max_message_size!r}")
    fields = dict(server_no_context_takeover=False, client_no_context_takeover=False)
    fields |= dict(server_max_window_bits=None, client_max_window_bits=None)
    fields |= {} if isinstance(deflate, bool) else deflate
    times = [timeout, close_timeout, ping_interval, pong_timeout]
    times = [None if time is None else nanoseconds(time) for time in times]
    return sockets.ConnectOptions(
        _pairs(Header, headers),
        list(protocols),
        None if deflate is False else sockets.DeflateOptions(**fields),
        times[0],
        times[1],
        max_message_size,
        times[2],
        times[3],
        bool(hold_close_answer),
    )


class ConnectionFailed(Exception):
    """A connection could not be opened, or broke."""


class connect:
    """A connection: `async with` opens and ends it, `async for` has its messages.

    Text messages are `str`, binary ones `bytes`, pongs `Pong`. `tags` are those of its measurements, all else is as
    in `connect_options`. While it is open, `handshake` has what the server has answered; `socket` and `meter` are what
    the bindings take. Once it has ended, `closed` says how.
    """

    def __init__(self, url, *, tags=(), **options):
        self.url = str(url)
        self.handshake = None
        self.closed = None
        self._tags = _pairs(Tag, tags)
        self._options = connect_options(**options)
        self._events = []
        self._waiter = None

    async def __aenter__(self):
        self._loop = asyncio.get_running_loop()
        self.socket = sockets.Socket(self._loop.queue)
        self.meter = metrics.Meter(self.socket, metrics.SocketApi.WS, self._tags)
        self._loop.listeners[self.socket.id()] = self._hear
        try:
            self.socket.connect(self.url, self._options)
            event = await self._next()
        except Err as error:
            self.meter.refused(self.url, error.value)
            self._drop()
            raise ConnectionFailed(f"cannot connect to {self.url}: {describe(error.value)}") from None
        except BaseException:
            self._drop()
            raise
        if isinstance(event, events.Failed):
            self._drop()
            raise ConnectionFailed(f"cannot connect to {self.url}: {describe(event.failure.code)}")
        self.handshake = event.handshake
        return self

    async def __aexit__(self, *_error):
        self._drop()

    def _drop(self):
        self._loop.listeners.pop(self.socket.id(), None)
        self.meter.__exit__(None, None, None)
        self.socket.__exit__(None, None, None)

    def _hear(self, event):
        self._events.append(event)
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    async def _next(self):
        while not self._events:
            self._waiter = self._loop.create_future()
            await self._waiter
        return self._events.pop(0)

    def send(self, data):
        """Sends a text message, or of `bytes` a binary one."""
        if isinstance(data, str):
            _checked("send", self.socket.send_text, data)
        else:
            _checked("send", self.socket.send_binary, _bytes(data))

    def ping(self, payload=b""):
        """Sends a ping; a `Pong` follows."""
        _checked("ping", self.socket.ping, _bytes(payload))

    def close(self, code=1000, reason=""):
        """Starts the closing handshake; `async for` ends when it is done, and `closed` has what came of it."""
        if not isinstance(code, int) or not 0 <= code < 2**16:
            raise ValueError(f"a code of a close frame is a number below 65536, and not {code!r}")
        _checked("close", self.socket.close, code, reason)

    def __aiter__(self):
        return self

    async def __anext__(self):
        while not self.closed:
            match await self._next():
                case events.Closed() as closed:
                    self.closed = closed
                    if closed.failure:
                        raise ConnectionFailed(describe(closed.failure.code))
                case events.TextMessage(data=data):
                    return data
                case events.BinaryMessage(data=data):
                    return data
                case Pong() as pong:
                    return pong
        raise StopAsyncIteration


def _checked(what, call, *arguments):
    try:
        call(*arguments)
    except Err as error:
        raise ConnectionFailed(f"cannot {what}: {describe(error.value)}") from None


def _bytes(data):
    if not isinstance(data, bytes | bytearray | memoryview):
        raise TypeError(f"a message is str or bytes, and not {type(data).__name__}")
    return bytes(data)


def queue():
    """The queue of the stage that runs, for what is made by the bindings: a request, say."""
    return asyncio.get_running_loop().queue


def completed(operation):
    """A future that is done when an operation has ended: `await completed(request.id())`.

    To be called before the stage awaits something else.
    """
    loop = asyncio.get_running_loop()
    return loop.operations.setdefault(operation, loop.create_future())


def check(name, passed, tags=()):
    """Records a check, with tags of its own if there are any, a dict or pairs. Returns whether it passed."""
    metrics.check(str(name), bool(passed), _pairs(Tag, tags))
    return bool(passed)


class Metric:
    """A metric of the test, of a `metrics.Kind` and `metrics.Contents`."""

    def __init__(self, name, kind, contents=metrics.Contents.DEFAULT):
        try:
            self._number = metrics.declare(name, kind, contents)
        except Err as error:
            raise ValueError(error.value) from None

    def add(self, value, tags=()):
        """Adds a value, with tags of its own if there are any."""
        metrics.add(self._number, float(value), _pairs(Tag, tags))


def log(line, level="info"):
    """Writes a line to the log, of the level `debug`, `info`, `warn` or `error`."""
    console.log(console.Level[level.upper()], console.Source.CONSOLE, str(line))


def env(name, otherwise=None):
    """A variable of the run (`-e NAME=VALUE`)."""
    return dict(environment.variables()).get(name, otherwise)


def random(least, most):
    """A random number from `least` to `most`. Python's own have been seeded when the component was made."""
    return least + int.from_bytes(environment.random_bytes(8)) % (most - least + 1)
