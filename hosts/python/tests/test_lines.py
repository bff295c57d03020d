"""Standard output of a guest."""

import os
import threading

from wasock_host import OpenNetwork
from wasock_host.connections import Connections
from wasock_host.limits import LINE_BYTES
from wasock_host.lines import Lines


def test_more_than_a_pipe_holds_is_taken_while_it_is_written():
    connections = Connections(OpenNetwork())
    seen = []
    lines = Lines(lambda level, line: seen.append((level, line)), "info", connections.loop)
    text = "".join(f"line {number}\r\n" for number in range(50_000)) + "the last one"

    def write():
        with open(lines.path, "w", newline="") as file:
            file.write(text)

    writer = threading.Thread(target=write)
    writer.start()
    writer.join(20)
    lines.flush()
    assert seen == [("info", line) for line in text.split("\r\n")]
    lines.close()
    connections.stop([])


def test_a_line_without_an_end_is_cut():
    connections = Connections(OpenNetwork())
    seen = []
    lines = Lines(lambda _level, line: seen.append(line), "error", connections.loop)
    file = os.open(lines.path, os.O_WRONLY)
    for _ in range(40):
        os.write(file, b"x" * 4096)
    os.close(file)
    lines.flush()
    assert "".join(seen) == "x" * 40 * 4096
    assert len(seen[0]) <= LINE_BYTES + (64 << 10)
    lines.close()
    connections.stop([])
