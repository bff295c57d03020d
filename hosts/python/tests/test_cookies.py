"""Jars keep and send what those of `wasock run` do: hosts/cookies/cookies.txt has its lines."""

import os
import subprocess

import pytest
from conftest import ROOT

import wasock_host

FOLDER = ROOT / "hosts/cookies"


@pytest.fixture(scope="module")
def lines_of(tmp_path_factory, server):
    """The lines that two iterations of the script write."""
    wasm = tmp_path_factory.mktemp("cookies") / "cookies.wasm"
    program = os.environ.get("WASOCK", ROOT / "target/release/wasock")
    subprocess.run([program, "compile", "--quiet", FOLDER / "cookies.js", "-o", wasm], check=True)

    def lines_of(**variables):
        lines = []
        outcome = wasock_host.run(
            wasm,
            iterations=2,
            network=wasock_host.OpenNetwork(),
            variables={"SERVER": f"http://{server.address}", **variables},
            log=lambda level, line: lines.append(line),
        )
        assert outcome.errors == []
        return lines

    return lines_of


def test_cookies_are_those_of_wasock_run(lines_of):
    expected = (FOLDER / "cookies.txt").read_text().splitlines()
    assert lines_of() == expected * 2


def test_an_iteration_has_the_cookies_of_the_one_before_if_the_guest_keeps_them(lines_of):
    begins = [line for line in lines_of(KEEP="yes") if line.startswith("at the beginning: ")]
    assert begins == ["at the beginning: none", 'at the beginning: a=1; b=2; c="3"; e=; g=6; h=7']
