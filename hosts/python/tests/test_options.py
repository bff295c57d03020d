"""Options that are wrong are refused before anything begins; what is not granted clearly is not granted."""

import re

import pytest
from conftest import component
from peer import Client, options

import wasock_host
from wasock_host import Limits, Network, OpenNetwork, WasockError

A_NETWORK = "expected a wasock_host.Network, such as wasock_host.OpenNetwork()"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"network": "all"}, f"the option network is 'all', {A_NETWORK}"),
        ({"network": True}, f"the option network is True, {A_NETWORK}"),
        ({"network": OpenNetwork}, f"the option network is <class 'wasock_host.network.OpenNetwork'>, {A_NETWORK}"),
        ({"limits": {"sockets": 1}}, "the option limits is {'sockets': 1}, expected a wasock_host.Limits"),
        ({"limits": Limits(sockets="x")}, "the option limits.sockets is 'x', expected a whole number from 0 on"),
        (
            {"limits": Limits(message_bytes=0)},
            "the option limits.message_bytes is 0, expected a whole number from 1 on",
        ),
        ({"limits": Limits(close_seconds=0)}, "the option limits.close_seconds is 0, expected seconds, more than 0"),
        ({"variables": {"A": 1}}, "the option variables['A'] is 1, expected a str"),
        ({"variables": ["A=1"]}, "the option variables is ['A=1'], expected a mapping of names to values"),
        ({"variables": {"A=B": "1"}}, "the option variables is 'A=B', expected names that are str, without ="),
        ({"folders": "data"}, "the option folders is 'data', expected a list of paths"),
        ({"folders": [1]}, "the option folders is [1], expected a list of paths"),
        ({"log": "print"}, "the option log is 'print', expected a function of a level and a line"),
        ({"scenario": ""}, "the option scenario is '', expected a str that is not empty"),
        ({"cache": "/tmp"}, "the option cache is '/tmp', expected True or False"),
    ],
)
def test_an_option_with_a_wrong_value_is_refused_with_what_is_expected(given, text):
    for call in [wasock_host.run, wasock_host.instantiate]:
        with pytest.raises(WasockError) as raised:
            call(component("c"), **given)
        assert str(raised.value) == text


@pytest.mark.parametrize("iterations", [-1, 0, 1.5, "2", True])
def test_iterations_are_counted_from_1_on(iterations):
    with pytest.raises(WasockError, match="the option iterations is .*, expected a whole number from 1 on"):
        wasock_host.run(component("c"), iterations=iterations)


def test_an_option_that_there_is_not_is_named():
    for call in [wasock_host.run, wasock_host.instantiate]:
        with pytest.raises(TypeError, match="netwrok"):
            call(component("c"), netwrok=OpenNetwork())
    with pytest.raises(TypeError, match="sockts"):
        Limits(sockts=1)
    with pytest.raises(WasockError, match="the option wasm is 5, expected the path of a component, or its content"):
        wasock_host.instantiate(5)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        # Each letter would be a pattern, so that nothing would be blocked.
        ({"block_hostnames": "a.test"}, "block_hostnames is 'a.test', expected a list of texts"),
        ({"block_hostnames": [1]}, "block_hostnames has 1, expected texts"),
        ({"block_addresses": "10.0.0.0/8"}, "block_addresses is '10.0.0.0/8', expected a list of texts"),
        (
            {"block_addresses": ["here"]},
            "block_addresses has 'here', expected addresses such as 10.0.0.1, and ranges of them: 10.0.0.0/8",
        ),
        ({"context": True}, "context is True, expected an ssl.SSLContext"),
    ],
)
def test_rules_that_cannot_be_understood_are_refused(given, text):
    with pytest.raises(WasockError, match=f"^{re.escape(text)}$"):
        OpenNetwork(**given)


@pytest.mark.parametrize("answer", [False, True, "no"])
def test_a_rule_grants_by_returning_none_alone(server, answer):
    class Rules(OpenNetwork):
        def check_name(self, host, port):
            return answer

    with Client(network=Rules()) as client:
        client.socket().connect(server.ws, options())
        code = client.next().payload.failure.code
    text = f"check_name has returned {answer!r}, expected None, or Denied to be raised"
    assert (code.tag, code.payload) == ("access-denied", text)


def test_a_rule_that_fails_grants_nothing(server):
    class Rules(Network):
        def check_name(self, host, port):
            raise KeyError(host)

    with Client(network=Rules()) as client:
        client.socket().connect(server.ws, options())
        code = client.next().payload.failure.code
    assert (code.tag, code.payload) == ("access-denied", "check_name has failed: KeyError: '127.0.0.1'")


def test_a_guest_that_is_closed_or_broken_says_so():
    guest = wasock_host.instantiate(component("c"))
    info = guest.init()
    assert "default" in info.functions
    guest.close()
    guest.close()
    guest.interrupt()
    assert not guest.is_usable
    for call in [guest.init, guest.iterate, lambda: guest.call("nope")]:
        with pytest.raises(WasockError, match="^the guest is closed$"):
            call()
    with wasock_host.instantiate(component("c"), variables={"FAULT": "trap"}) as guest:
        guest.init()
        with pytest.raises(wasock_host.GuestFailed, match="the guest was stopped"):
            guest.iterate("fault")
        with pytest.raises(WasockError, match="^the guest has broken down$"):
            guest.iterate("fault")
