"""docs/hosts.md can be followed to the letter."""

import os
import re
import socket
import subprocess

from conftest import ROOT

PAGE = (ROOT / "docs/hosts.md").read_text()

WAIT = "until (: </dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.05; done"
"""Who reads the page waits until the server says that it listens."""


def section(name):
    """A section of the page."""
    return re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:][titles().index(name)]


def titles():
    return re.findall(r"^## (.*)$", PAGE, flags=re.MULTILINE)


def blocks(text, kind):
    """The blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def follow(folder, consoles):
    """Runs the commands of blocks, and looks for the lines below them."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    text = "".join(consoles).replace("~/wasock", str(ROOT)).replace("8765", str(port))
    # What is indented goes on with the line before.
    lines = re.sub(r"\\\n +", "", text).splitlines()
    commands = ["trap 'kill $(jobs -p)' EXIT"]
    for line in lines:
        if line.startswith("$ "):
            command = line[2:]
            commands.append(command.replace(" &", " --tls-port 0 &") if command.endswith("&") else command)
            if command.endswith("&"):
                commands.append(WAIT.format(port=port))
    script = "\n".join(commands)
    environment = os.environ | {"ZIG_GLOBAL_CACHE_DIR": f"{folder}/zig", "ZIG_LOCAL_CACHE_DIR": f"{folder}/zig"}
    ran = subprocess.run(["bash", "-euc", script], cwd=folder, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for line in lines:
        assert line.startswith("$ ") or line in ran.stdout.splitlines(), ran.stdout + ran.stderr


def test_the_page_can_be_followed(tmp_path):
    text = section("Any embedder of wasmtime")
    (tmp_path / "echo.wit").write_text(blocks(text, "wit")[0])
    (tmp_path / "echo.c").write_text(blocks(text, "c")[0])
    follow(tmp_path, blocks(text, "console"))
    # It calls the component that the section before has made.
    text = section("Python")
    (tmp_path / "run.py").write_text(blocks(text, "python")[0])
    follow(tmp_path, blocks(text, "console"))
