"""The guests in all languages, with this host."""

import tomllib

import pytest
from conftest import ROOT, languages

import wasock_host

OLD = ROOT / "tests/compatibility/0.1.0"
"""The guest of an earlier time, and what it found out then."""


@pytest.mark.parametrize("world", ["client", "vu"])
@pytest.mark.parametrize("language", [*languages(), OLD / "guest.wasm"])
def test_a_guest_finds_the_facts_of_the_transcript(run, language, world):
    ran = run(language, f"{world}Transcript")
    assert ran.outcome.errors == []
    transcripts = ROOT / "guests/transcripts" if isinstance(language, str) else OLD
    expected = (transcripts / f"{world}.txt").read_text().splitlines()
    facts = [line for line in ran.lines if not line.endswith("is empty")]
    listed = tomllib.loads((ROOT / "hosts/python/differences.toml").read_text()).get(world, [])
    if not isinstance(language, str):
        listed = [difference for difference in listed if difference["line"] in expected]
    found = [(line, fact) for line, fact in zip(expected, facts, strict=True) if line != fact]
    assert found == [(difference["line"], difference["here"]) for difference in listed]
    assert all(difference["reason"] for difference in listed)


@pytest.mark.parametrize("language", languages())
def test_a_guest_chats_and_is_measured(run, language):
    ran = run(language, variables={"STAY": "400", "PAUSE": "60"}, iterations=2)
    assert ran.outcome.errors == []
    assert ran.outcome.completed == 2
    assert ran.lines == ["the swamp is empty"]
    checks = ran.outcome.measurements.checks
    names = {"connected", "left the room", "speaks chat.v1", "is what was sent", "is a chat message"}
    assert names == set(checks)
    assert all(check.failed == 0 and check.passed > 0 for check in checks.values())
    metrics = ran.outcome.measurements.metrics
    # Besides the chat's messages there is the echo of each iteration.
    assert metrics["ws_msgs_received"].total == checks["is a chat message"].passed + 2
    assert metrics["ws_sessions"].total == 4
    assert metrics["chat_pongs"].total == metrics["ws_ping"].count > 0


@pytest.mark.parametrize("language", languages())
def test_an_error_of_a_guest_ends_the_iteration_and_no_more(run, language):
    # Nothing listens there.
    ran = run(language, variables={"WSS": "ws://127.0.0.1:1"}, iterations=2)
    assert [type(error) for error in ran.outcome.errors] == [wasock_host.GuestFailed] * 2
    assert all("ws://127.0.0.1:1/protocol" in str(error) for error in ran.outcome.errors)
    assert ran.lines == ["the swamp is empty"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("trap", "wasm `unreachable` instruction executed"),
        ("stack", "out of bounds memory access"),
        ("memory", "wasm `unreachable` instruction executed"),
    ],
)
def test_a_guest_that_breaks_down_ends_the_run_in_order(run, fault, told):
    ran = run("c", "fault", {"FAULT": fault}, iterations=3)
    [error] = ran.outcome.errors
    assert str(error) == f"the guest was stopped: wasm trap: {told}"
    assert "wasm function" in error.stack
    assert ran.outcome.completed == 0
