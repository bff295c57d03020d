"""Standard output and error of a guest, by lines."""

from collections.abc import Callable

from .limits import LINE_BYTES


class Lines:
    """Whole lines go to the log, the last one also without a line break."""

    def __init__(self, log: Callable[[str, str], None], level: str):
        self._log = log
        self._level = level
        self._line = bytearray()

    def write(self, data: bytes) -> int:
        """Takes what the guest writes; returns how many bytes that were."""
        for part in bytes(data).splitlines(keepends=True):
            self._line += part
            if part.endswith(b"\n") or len(self._line) >= LINE_BYTES:
                self.flush()
        return len(data)

    def flush(self) -> None:
        """Ends the line, if there is something in it."""
        if self._line:
            text = self._line.decode("utf-8", "replace").rstrip("\r\n")
            self._line.clear()
            self._log(self._level, text)
