"""Standard output and error of a guest, by lines.

They come through pipes. wasmtime would call a function for them too, but from threads of its own, which Python does not
survive when it ends.
"""

import os
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable

from .limits import LINE_BYTES

CHUNK = 64 << 10
"""How much is read at a time: what a pipe holds."""


class Lines:
    """Whole lines go to the log, the last one also without a line break."""

    def __init__(self, log: Callable[[str, str], None], level: str, loop: AbstractEventLoop):
        self._log = log
        self._level = level
        self._loop = loop
        self._line = bytearray()
        self._lock = threading.Lock()
        self._out, self._in = os.pipe()
        os.set_blocking(self._out, False)
        # A guest that writes more than the pipe holds goes on meanwhile.
        loop.call_soon_threadsafe(loop.add_reader, self._out, self.read)

    @property
    def path(self) -> str:
        """What the guest writes to."""
        return f"/dev/fd/{self._in}"

    def read(self) -> None:
        """Takes what the guest has written so far."""
        with self._lock:
            while data := self._next():
                for part in data.splitlines(keepends=True):
                    self._line += part
                    if part.endswith(b"\n") or len(self._line) >= LINE_BYTES:
                        self._end_line()

    def _next(self) -> bytes:
        try:
            return os.read(self._out, CHUNK)
        except BlockingIOError:
            return b""

    def flush(self) -> None:
        """Takes what the guest has written, and ends the line."""
        self.read()
        with self._lock:
            self._end_line()

    def _end_line(self) -> None:
        if self._line:
            text = self._line.decode("utf-8", "replace").rstrip("\r\n")
            self._line.clear()
            self._log(self._level, text)

    def close(self) -> None:
        """Nothing more is written."""
        removed = threading.Event()

        def remove() -> None:
            self._loop.remove_reader(self._out)
            removed.set()

        self._loop.call_soon_threadsafe(remove)
        removed.wait()
        os.close(self._out)
        os.close(self._in)
