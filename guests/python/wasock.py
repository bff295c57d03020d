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
import heapq
import inspect
import json
import sys
import traceback
from dataclasses import dataclass

from componentize_py_types import Err
from wit_world.exports import lifecycle
from wit_world.imports import console, environment, events, metrics, sockets, tags, timers

BATCH = 64
"""How many events are fetched at one time."""


class Interrupted(BaseException):
    """The host asks the test to finish."""


@dataclass
class Pong:
    """A pong that has come."""

    data: bytes


class Loop(asyncio.AbstractEventLoop):
    """An event loop of asyncio that waits for the host's events."""

    def __init__(self):
        self.queue = events.EventQueue()
        self.listeners = {}
        self._ready = []
        self._scheduled = []
        self._count = 0

    def run(self, stage):
        """Runs a coroutine to its end."""
        asyncio._set_running_loop(self)
        try:
            task = self.create_task(stage)
            while not task.done():
                if not self._call_ready():
                    self._wait()
            return task.result()
        finally:
            # What still waits ends here, with its connections.
            for left in asyncio.all_tasks(self):
                left.cancel()
            while self._call_ready():
                pass
            asyncio._set_running_loop(None)

    def _call_ready(self):
        """Calls what is to be called now, and says whether there was anything."""
        now = self.time()
        while self._scheduled and (self._scheduled[0][0] <= now or self._scheduled[0][2].cancelled()):
            self._ready.append(heapq.heappop(self._scheduled)[2])
        ready, self._ready = self._ready, []
        for handle in ready:
            if not handle.cancelled():
                handle._run()
        return bool(ready)

    def _wait(self):
        """Waits for events, at the longest until something is to be called."""
        now = self.time()
        timeout = None
        if self._scheduled:
            timeout = max(0, round((self._scheduled[0][0] - now) * 1e9))
        try:
            found = self.queue.wait(BATCH, timeout)
        except Err:
            raise Interrupted from None
        for event in found:
            if isinstance(event, events.Event_Ping):
                # The host has answered it.
                continue
            listener = self.listeners.get(getattr(event.value, "socket", None))
            if listener:
                listener(Pong(event.value.data) if isinstance(event, events.Event_Pong) else event.value)

    def time(self):
        return timers.now() / 1e9

    def call_soon(self, callback, *args, context=None):
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    call_soon_threadsafe = call_soon

    def call_later(self, delay, callback, *args, context=None):
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(self, when, callback, *args, context=None):
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._count += 1
        heapq.heappush(self._scheduled, (when, self._count, handle))
        return handle

    def create_future(self):
        return asyncio.Future(loop=self)

    def create_task(self, coroutine, **options):
        return asyncio.Task(coroutine, loop=self, **options)

    def call_exception_handler(self, context):
        console.log(console.Level.ERROR, console.Source.RUNTIME, str(context.get("message")))

    def _timer_handle_cancelled(self, handle):
        pass

    def get_debug(self):
        return False

    def is_running(self):
        return True

    def is_closed(self):
        return False


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
                run(test._functions[name], _parse(data))

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
    except Exception as error:
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


def connect_options(**options):
    """What a socket's `connect` takes."""
    fields = dict(headers=[], protocols=[], deflate=None, timeout=None, close_timeout=None, max_message_size=None)
    fields |= dict(ping_interval=None, pong_timeout=None, hold_close_answer=False)
    return sockets.ConnectOptions(**(fields | options))


class ConnectionFailed(Exception):
    """A connection could not be opened, or broke."""


class connect:
    """A connection: `async with` opens and ends it, `async for` has its messages.

    Text messages are `str`, binary ones `bytes`, pongs `Pong`. `tags` are those of its measurements, all else is as
    in `connect-options`.
    """

    def __init__(self, url, *, tags={}, **options):
        self.url = url
        self.handshake = None
        self.closed = None
        self._tags = tags
        self._options = options
        self._events = []
        self._waiter = None

    async def __aenter__(self):
        self._loop = asyncio.get_running_loop()
        self._socket = sockets.Socket(self._loop.queue)
        own = [tags.Tag(name, value) for name, value in self._tags.items()]
        self._meter = metrics.Meter(self._socket, metrics.SocketApi.WS, own)
        self._loop.listeners[self._socket.id()] = self._hear
        try:
            self._socket.connect(self.url, connect_options(**self._options))
            event = await self._next()
        except Err as error:
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
        self._loop.listeners.pop(self._socket.id(), None)
        self._meter.__exit__(None, None, None)
        self._socket.__exit__(None, None, None)

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
        send = self._socket.send_text if isinstance(data, str) else self._socket.send_binary
        _checked("send", send, data)

    def ping(self, payload=b""):
        """Sends a ping; a `Pong` follows."""
        _checked("ping", self._socket.ping, payload)

    def close(self, code=1000, reason=""):
        """Starts the closing handshake; `async for` ends when it is done, and `closed` has what came of it."""
        _checked("close", self._socket.close, code, reason)

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


def check(name, passed):
    """Records a check."""
    metrics.check(name, bool(passed), [])
    return bool(passed)


class Metric:
    """A metric of the test, of a `metrics.Kind` and `metrics.Contents`."""

    def __init__(self, name, kind, contents=metrics.Contents.DEFAULT):
        try:
            self._number = metrics.declare(name, kind, contents)
        except Err as error:
            raise ValueError(error.value) from None

    def add(self, value):
        """Adds a value."""
        metrics.add(self._number, float(value), [])


def log(line):
    """Writes a line to the log."""
    console.log(console.Level.INFO, console.Source.CONSOLE, str(line))


def env(name, otherwise=None):
    """A variable of the run (`-e NAME=VALUE`)."""
    return dict(environment.variables()).get(name, otherwise)


def random(least, most):
    """A random number from `least` to `most`. Python's own have been seeded when the component was made."""
    return least + int.from_bytes(environment.random_bytes(8)) % (most - least + 1)
