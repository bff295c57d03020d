"""Sockets against servers of websockets' own, and against `wasock serve`."""

import ssl

import pytest
from peer import SECOND, Client, frames_of, options, peer, raw_peer
from websockets.frames import Frame, Opcode

from wasock_host import Network, OpenNetwork
from wasock_host.limits import Limits
from wasock_host.values import Record, Refusal

MILLISECOND = 1_000_000


def deflate(**given):
    fields = dict(server_no_context_takeover=False, client_no_context_takeover=False)
    fields |= dict(server_max_window_bits=None, client_max_window_bits=None)
    return Record(**(fields | given))


def test_nothing_is_granted_by_itself():
    with Client(network=Network()) as client:
        client.socket().connect("ws://127.0.0.1:1", options())
        failed = client.next()
        assert failed.tag == "failed"
        assert failed.payload.failure.code.tag == "access-denied"
        assert failed.payload.failure.code.payload == "the host 127.0.0.1 is not granted"


def test_a_blocked_address_is_not_reached_by_any_of_its_names(server):
    network = OpenNetwork(block_addresses=["127.0.0.0/8", "::1/128"])
    port = server.address.rpartition(":")[2]
    for host in ["localhost", "127.0.0.1", "127.1", "[::ffff:127.0.0.1]", "0x7f000001"]:
        with Client(network=network) as client:
            client.socket().connect(f"ws://{host}:{port}/", options())
            code = client.next().payload.failure.code
            assert code.tag == "access-denied", host
            assert "is in a blacklisted range" in code.payload


def test_a_refusal_has_its_headers_and_the_beginning_of_its_body(server):
    with Client() as client:
        client.socket().connect(f"{server.ws}/status/404", options())
        failed = client.next().payload
        assert failed.handshake.status == 404
        assert any(header.name.lower() == "content-length" for header in failed.handshake.headers)
        assert 0 < len(failed.handshake.body) <= 1024
        timings = failed.timings
        assert timings.resolved <= timings.connected <= timings.secured <= timings.finished


def test_headers_leave_as_they_are_written():
    seen = []

    def handler(connection):
        seen.extend(connection.request.headers.raw_items())

    with peer(handler) as url, Client() as client:
        headers = [Record(name=name, value=value) for name, value in [("x-CroC", "1"), ("X-croc", "2"), ("Host", "h")]]
        client.connected(url, headers=headers)
        assert client.next().tag == "closed"
    assert [pair for pair in seen if pair[0].lower() == "x-croc"] == [("x-CroC", "1"), ("X-croc", "2")]
    assert [value for name, value in seen if name == "Host"] == ["h"]


def test_any_code_can_be_closed_with():
    frames = []
    with raw_peer(lambda connection: frames.extend(frames_of(connection))) as url, Client() as client:
        socket = client.connected(url, close_timeout=100 * MILLISECOND)
        socket.close(999, "odd")
        closed = client.next().payload
        assert (closed.code, closed.failure.code.tag) == (1006, "timeout")
    assert [(frame.opcode, frame.data) for frame in frames] == [(Opcode.CLOSE, (999).to_bytes(2, "big") + b"odd")]


@pytest.mark.parametrize("holds", [True, False])
def test_an_answer_is_held_until_the_guest_has_handled_what_came_before(holds):
    frames = []
    close = (4000).to_bytes(2, "big") + b"over"

    def talk(connection):
        connection.sendall(Frame(Opcode.TEXT, b"last words?").serialize(mask=False))
        connection.sendall(Frame(Opcode.CLOSE, close).serialize(mask=False))
        frames.extend(frames_of(connection))

    with raw_peer(talk) as url, Client() as client:
        socket = client.connected(url, hold_close_answer=holds)
        assert client.next().payload.data == "last words?"
        socket.send_text("farewell")
        closed = client.next()
        assert (closed.tag, closed.payload.code, closed.payload.failure) == ("closed", 4000, None)
        socket.link.detach()
    sent = [(frame.opcode, frame.data) for frame in frames]
    assert sent[-1] == (Opcode.CLOSE, close)
    # Without it, what is sent after the close frame came is dropped.
    assert sent[:-1] == [(Opcode.TEXT, b"farewell")] or not holds


@pytest.mark.parametrize("windows", [{}, {"client_max_window_bits": 10, "server_max_window_bits": 9}])
def test_compression_is_agreed_on_and_works(windows):
    def handler(connection):
        for message in connection:
            connection.send(message)

    with peer(handler) as url, Client() as client:
        socket = client.socket()
        socket.connect(url, options(deflate=deflate(**windows)))
        opened = client.next()
        assert opened.payload.handshake.extensions.startswith("permessage-deflate")
        for text in ["", "croc" * 10_000, "✓"]:
            socket.send_text(text)
            assert client.next().payload.data == text


def test_a_window_that_there_is_not_is_refused():
    with Client() as client:
        with pytest.raises(Refusal, match="client_max_window_bits is not between 9 and 15"):
            client.socket().connect("ws://a.test", options(deflate=deflate(client_max_window_bits=8)))


def test_a_bomb_is_not_unpacked(server):
    with Client(Limits(message_bytes=1 << 20)) as client:
        client.connected(f"{server.ws}/bomb?size=100000000", deflate=deflate())
        assert client.next().payload.failure.code.tag == "message-too-big"


def test_text_that_is_not_utf8_breaks_the_connection():
    def handler(connection):
        connection.protocol.send_frame(Frame(Opcode.TEXT, b"\xff"))
        connection.send_data()
        connection.recv()

    with peer(handler) as url, Client() as client:
        client.connected(url)
        closed = client.next().payload
        assert (closed.code, closed.failure.code.tag) == (1006, "invalid-utf8")


def test_pings_of_the_host_are_answered_and_told():
    def handler(connection):
        for _ in connection:
            pass

    with peer(handler) as url, Client() as client:
        client.connected(url, ping_interval=10 * MILLISECOND)
        assert [client.next().payload.data for _ in range(3)] == [b"interval-0", b"interval-1", b"interval-2"]


def test_a_peer_that_answers_no_ping_is_given_up(server):
    with Client() as client:
        client.connected(f"{server.ws}/silent", ping_interval=20 * MILLISECOND, pong_timeout=100 * MILLISECOND)
        closed = client.next().payload
        assert closed.failure.code.payload == "no pong came within 0.1s"


def test_tls_is_verified(server, tmp_path):
    url = f"wss://{server.tls_address}/echo"
    with Client() as client:
        client.socket().connect(url, options())
        assert client.next().payload.failure.code.tag == "tls"
    context = ssl.create_default_context(cadata=server.certificate)
    with Client(network=OpenNetwork(context=context)) as client:
        socket = client.connected(url)
        socket.send_text("secret")
        assert client.next().payload.data == "secret"


def test_more_sockets_than_there_may_be_are_refused(server):
    with Client(Limits(sockets=1)) as client:
        socket = client.connected(server.ws)
        with pytest.raises(Refusal, match="limit-reached: a guest may have 1 open sockets"):
            client.socket().connect(server.ws, options())
        socket.close(1000, "")
        assert client.next().tag == "closed"
        client.connected(server.ws)


def test_a_closing_socket_that_is_dropped_still_sends_what_was_accepted():
    heard = []

    def handler(connection):
        for message in connection:
            heard.append(message)
        heard.append(connection.close_code)

    with peer(handler) as url:
        client = Client()
        socket = client.connected(url)
        socket.send_text("last words")
        socket.close(1000, "")
        socket.link.detach()
        client.connections.stop([socket.link])
        assert client.queue.wait(1, SECOND // 100) == []
    assert heard == ["last words", 1000]
