"""`wasock:websocket/files`: closed, but for the folders that the embedder grants."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ..guest_state import GuestState
from ..interface import Interface
from ..limits import FILE_BYTES
from ..target import quoted


def define(interface: Interface, state: GuestState) -> None:
    """Defines the interface."""
    read_before: dict[Path, bytes] = {}

    def read(path: str, referrer: str) -> bytes:
        found = _path(path, referrer, state.folders)
        if not any(found.is_relative_to(folder) for folder in state.folders):
            raise ValueError(f"the file {path} is not granted")
        if found not in read_before:
            read_before[found] = _content(found, path)
        return read_before[found]

    interface.functions(read=read)


def _path(path: str, referrer: str, folders: list[Path]) -> Path:
    """The path without links: what is granted is where it leads."""
    if re.match("(?!file:)[A-Za-z][A-Za-z0-9+.-]*:", path):
        why = "only files can be opened, by a path or a URL that begins with file://"
        raise ValueError(f"cannot open {quoted(path)}: {why}")
    if path.startswith("file:"):
        path = unquote(urlsplit(path).path)
    base = Path(unquote(urlsplit(referrer).path)).parent if referrer.startswith("file:") else Path()
    if not referrer.startswith("file:") and folders:
        base = folders[0]
    return (base / path).resolve()


def _content(found: Path, path: str) -> bytes:
    try:
        if found.stat().st_size > FILE_BYTES:
            raise ValueError(f"the file {path} is longer than {FILE_BYTES} bytes")
        return found.read_bytes()
    except OSError as error:
        raise ValueError(f"the file {path} cannot be read: {error.strerror}") from None
