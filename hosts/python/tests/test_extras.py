"""What the world `vu` has besides `client`: files, cookies, requests, numbers for people."""

import asyncio
import threading

import pytest
from peer import SECOND

from wasock_host import Limits, Network, OpenNetwork
from wasock_host.connections import Connections
from wasock_host.event_queue import EventQueue, Shared
from wasock_host.interfaces.summary import value
from wasock_host.jar import Jar
from wasock_host.limits import COOKIE_BYTES, COOKIES
from wasock_host.measurements import Measurements
from wasock_host.request_meter import RequestMeter
from wasock_host.requests import Request, plan
from wasock_host.values import Record, Refusal


def request_options(**given):
    fields = dict(headers=[], body=None, encodings=[], cookies=[], timeout=None, redirects=None, authentication=None)
    return Record(**(fields | dict(discard_body=False) | given))


def attributes(**given):
    fields = dict(domain=None, path=None, max_age=None, expires=None, secure=False, http_only=False)
    return Record(**(fields | given))


@pytest.fixture
def ask():
    """Makes a request, and returns its answer or its failure."""
    shared = Shared(Limits())
    made = []

    def ask(url, method="GET", network=None, jar=None, meter=None, **given):
        connections = Connections(network or OpenNetwork())
        made.append(connections)
        queue = EventQueue(shared)
        request = Request(len(made), queue, shared)
        if meter:
            request.measure(meter)
        request.start(plan(method, url, request_options(**given)), jar, connections.loop, connections.transport)
        [event] = queue.wait(1, 20 * SECOND)
        assert (event.tag, event.payload.operation) == ("completed", len(made))
        answer = request.take_outcome().answer
        assert request.take_outcome() is None
        return answer.payload

    yield ask
    for connections in made:
        connections.stop([])


def test_a_request_is_sent_and_answered(server, ask):
    url = f"http://{server.address}/http/echo"
    answer = ask(url, "POST", body=b"croc", headers=[Record(name="X-Croc", value="1")])
    assert (answer.status, answer.status_text) == (200, "200 OK")
    assert b"croc" in answer.body
    assert b"X-Croc" in answer.body or b"x-croc" in answer.body
    assert ask(f"http://{server.address}/http/gzip?size=1000").body == bytes(1000)


def test_redirections_are_followed_as_far_as_they_may(server, ask):
    url = f"http://{server.address}/http/redirect?to=/http/status/204&n=3"
    assert ask(url).status == 204
    last = ask(url, redirects=1)
    assert (last.status, last.too_many_redirects) == (302, True)


def test_what_the_user_has_for_one_host_is_not_sent_to_another(server, ask):
    port = server.address.split(":")[1]
    given = dict(
        headers=[Record(name="Cookie", value="b=secret")],
        cookies=[Record(name="c", value="secret", replace=False)],
    )

    def lead(host):
        return f"http://croc:swamp@{server.address}/http/redirect?to=http%3A%2F%2F{host}%2Fhttp%2Fecho"

    here = ask(lead(server.address), **given).body.lower()
    assert b"b=secret; c=secret" in here and b"authorization" in here
    elsewhere = ask(lead(f"localhost:{port}"), **given).body.lower()
    assert b"secret" not in elsewhere and b"authorization" not in elsewhere


@pytest.mark.parametrize("kind", ["basic", "digest"])
def test_who_the_user_is_can_be_shown(server, ask, kind):
    path = f"/http/{kind}-auth?user=croc&password=swamp"
    assert ask(f"http://{server.address}{path}").status == 401
    assert ask(f"http://croc:swamp@{server.address}{path}", authentication=kind).status == 200


def outcomes(measurements):
    """How many exchanges there were, and how many of them have failed."""
    metrics = measurements.as_json()["metrics"]
    return metrics["http_reqs"]["count"], metrics["http_req_failed"]["passes"]


def test_the_question_who_the_user_is_counts_and_is_expected(server, ask):
    url = f"http://croc:swamp@{server.address}/http/digest-auth?user=croc&password=swamp"
    measurements = Measurements()
    expected = [Record(first=200, last=399)]
    ask(url, authentication="digest", meter=RequestMeter(measurements, expected))
    assert outcomes(measurements) == (2, 0)
    ask(url.replace("croc:swamp@", ""), meter=RequestMeter(measurements, expected))
    assert outcomes(measurements) == (3, 1)


def test_a_request_that_is_given_up_counts_once(server):
    shared = Shared(Limits())
    connections = Connections(OpenNetwork())
    measurements = Measurements()
    request = Request(1, None, shared)
    request.measure(RequestMeter(measurements, []))
    begun = threading.Event()
    jar = Jar()
    jar.cookies = lambda url: begun.set() or []
    url = f"http://{server.address}/http/echo?delay=60000"
    request.start(plan("GET", url, request_options()), jar, connections.loop, connections.transport)
    assert begun.wait(20)
    # The thread of the connections has begun the exchange when it comes to this.
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0), connections.loop).result(20)
    request.drop(connections.loop)
    assert outcomes(measurements) == (1, 1)
    connections.stop([])
    assert outcomes(measurements) == (1, 1)


def test_cookies_come_from_the_jar_and_go_there(server, ask):
    jar = Jar()
    url = f"http://{server.address}/http/cookies"
    ask(f"{url}?set=a%3D1", jar=jar)
    assert jar.cookies(url) == [("a", "1")]
    extra = Record(name="b", value="2", replace=False)
    assert b"a=1; b=2" in ask(url, jar=jar, cookies=[extra]).body


def test_a_request_that_fails_tells_why(server, ask):
    refused = ask("http://127.0.0.1:1/")
    assert refused.code.tag == "connection-refused"
    assert 'Get "http://127.0.0.1:1/": connection-refused' == refused.text
    assert ask(f"http://{server.address}/", network=Network()).code.tag == "access-denied"
    late = ask(f"http://{server.address}/http/echo?delay=60000", timeout=50_000_000)
    assert (late.code.tag, late.number) == ("timeout", 1050)


def test_a_wrong_request_is_refused():
    for method, url, given, text in [
        ("a b", "http://a.test/", {}, '"a b" is no method of a request'),
        ("GET", "nonsense", {}, 'the URL "nonsense": relative URL without a base'),
        ("GET", "ws://a.test/", {}, 'has the scheme "ws" instead of http or https'),
        ("GET", "http://a.test/", {"encodings": ["br"]}, 'wasock-host does not offer the coding "br"'),
    ]:
        with pytest.raises(Refusal) as raised:
            plan(method, url, request_options(**given))
        assert text in str(raised.value)


def test_a_jar_keeps_cookies_by_domain_and_path():
    jar = Jar()
    jar.set("wss://a.test/x/y", "a", "1", attributes(path="/x"))
    jar.set("https://a.test/", "b", "2", attributes(domain="a.test", secure=True))
    assert jar.cookies("wss://a.test/x/z") == [("a", "1"), ("b", "2")]
    assert jar.cookies("ws://a.test/") == []
    assert jar.cookies("https://b.a.test/") == [("b", "2")]
    jar.remove("https://a.test/", "b")
    assert jar.cookies("https://b.a.test/") == []
    jar.set("wss://a.test/x/y", "a", "", attributes(path="/x", max_age=0))
    assert jar.cookies("wss://a.test/x/z") == []
    for url, name, text in [
        ("nonsense", "a", 'the URL "nonsense": relative URL without a base'),
        ("ws://a.test", "a b", '"a b" is not a name that a cookie can have'),
        ("ws://a.test", "a", "a cookie is longer than 4096 bytes"),
    ]:
        with pytest.raises(ValueError, match=text):
            jar.set(url, name, "1" * COOKIE_BYTES, attributes())
    with pytest.raises(ValueError, match="the cookie a cannot be set: request-uri does not domain-match the cookie"):
        jar.set("ws://a.test/", "a", "1", attributes(domain="b.test"))


def test_a_jar_has_a_bound_and_expired_cookies_make_room():
    jar = Jar()
    url = "https://a.test/"
    jar.store(url, [*(f"c{number}=1" for number in range(COOKIES - 1)), "gone=1; Max-Age=0"])
    jar.set(url, "last", "1", attributes())
    assert len(jar.cookies(url)) == COOKIES
    with pytest.raises(ValueError, match="the cookie more cannot be set: the jar has 3000 cookies, which is the most"):
        jar.set(url, "more", "1", attributes())
    jar.remove(url, "c1")
    jar.set(url, "more", "1", attributes())
    assert ("more", "1") in jar.cookies(url)


@pytest.mark.parametrize(
    ("number", "contents", "unit", "text"),
    [
        (1234.5, "time", None, "1.23s"),
        (0.29, "time", None, "290µs"),
        (75_000, "time", None, "1m15s"),
        (1234.5, "time", "ms", "1234.50ms"),
        (3600, "data", None, "3.6 kB"),
        (14_000, "data", None, "14 kB"),
        (0.1, "default", None, "0.1"),
        (100, "default", None, "100"),
    ],
)
def test_values_are_written_for_people(number, contents, unit, text):
    assert value(number, contents, unit) == text


def test_metrics_are_added_up():
    measurements = Measurements()
    number = measurements.declare("croc", "trend", "time")
    for sample in [3.0, 1.0, 2.0, float("nan")]:
        assert measurements.add(number, sample)
    croc = measurements.metrics["croc"]
    assert (croc.count, croc.total, croc.least, croc.greatest, croc.last) == (3, 6, 1, 3, 2)
    with pytest.raises(ValueError, match="values of type time and cannot also have type data"):
        measurements.declare("croc", "trend", "data")
    assert not measurements.add(4096, 1)
