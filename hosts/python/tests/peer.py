"""Servers of websockets' own that do what a test needs, and a client of the host's parts without a guest."""

import contextlib
import socket
import threading
import time

from websockets.frames import Frame
from websockets.streams import StreamReader
from websockets.sync.server import serve
from websockets.utils import accept_key

from wasock_host import OpenNetwork
from wasock_host.connections import Connections
from wasock_host.event_queue import EventQueue, Shared
from wasock_host.limits import Limits
from wasock_host.sockets import Socket
from wasock_host.values import Record

SECOND = 1_000_000_000

PATIENCE = 60
"""How many seconds a test waits for what has to happen: far more than a slow machine needs."""

GLANCE = 0.005
"""How often it looks, in seconds."""


@contextlib.contextmanager
def peer(handler, **how):
    """A server; gives its URL."""
    with serve(handler, "127.0.0.1", 0, **how) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        host, port = server.socket.getsockname()
        try:
            yield f"ws://{host}:{port}"
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def raw_peer(talk):
    """A server that shakes hands and then does with the bytes as it likes; gives its URL."""

    def serve_one(listener):
        connection, _ = listener.accept()
        with connection:
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(4096)
            fields = dict(line.split(b": ") for line in request.strip().split(b"\r\n")[1:])
            accept = accept_key(fields[b"Sec-WebSocket-Key"].decode())
            lines = ["HTTP/1.1 101 OK", "Upgrade: websocket", "Connection: upgrade", f"Sec-WebSocket-Accept: {accept}"]
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            talk(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve_one, args=(listener,))
        thread.start()
        try:
            yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            thread.join()


def frames_of(connection):
    """The frames that a client sends until it ends the connection, or sends nothing for half a second."""
    received = b""
    connection.settimeout(0.5)
    with contextlib.suppress(TimeoutError):
        while data := connection.recv(4096):
            received += data
    reader = StreamReader()
    reader.feed_data(received)
    reader.feed_eof()
    frames = []
    while not _finished(reader.at_eof()):
        frames.append(_finished(Frame.parse(reader.read_exact, mask=True)))
    return frames


def _finished(parser):
    """What a parser of websockets' returns, when all is there."""
    try:
        next(parser)
    except StopIteration as end:
        return end.value
    raise AssertionError("a frame is cut off")


def until(what, holds):
    """Waits until something is so that other threads bring about."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(GLANCE)


def options(**given) -> Record:
    """What `connect` takes."""
    fields = dict(headers=[], protocols=[], deflate=None, timeout=None, close_timeout=None, max_message_size=None)
    fields |= dict(ping_interval=None, pong_timeout=None, hold_close_answer=False)
    return Record(**(fields | given))


class Client:
    """A queue and sockets, as a guest would have them."""

    def __init__(self, limits=Limits(), network=None):
        self.shared = Shared(limits)
        self.connections = Connections(network or OpenNetwork())
        self.queue = EventQueue(self.shared)
        self.sockets = []

    def socket(self):
        self.sockets.append(Socket(len(self.sockets) + 1, self.queue, self.shared, self.connections))
        return self.sockets[-1]

    def connected(self, url, **how):
        socket = self.socket()
        socket.connect(url, options(**how))
        assert self.next().tag == "opened"
        return socket

    def next(self, seconds=20):
        """The next event."""
        events = self.queue.wait(1, seconds * SECOND)
        assert events, f"no event came within {seconds} seconds"
        return events[0]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for made in self.sockets:
            made.link.detach()
        self.connections.stop([])
