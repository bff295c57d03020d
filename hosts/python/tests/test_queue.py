"""The event queue: order, back-pressure, drops, limits."""

import resource
import threading

import pytest
from peer import SECOND, Client, options, peer, until
from wasmtime.component import Variant

from wasock_host.limits import UNTAKEN_EVENTS, Limits
from wasock_host.timers import Timer
from wasock_host.values import Refusal


def test_events_of_many_sockets_come_in_their_order():
    def handler(connection):
        for number in range(200):
            connection.send(str(number))

    with peer(handler) as url, Client() as client:
        for _ in range(5):
            client.socket().connect(url, options())
        seen = {socket.link.id: [] for socket in client.sockets}
        last = 0
        while not all(events and events[-1] == "closed" for events in seen.values()):
            for event in client.queue.wait(64, 20 * SECOND):
                if event.tag == "text":
                    assert event.payload.at >= last
                    last = event.payload.at
                seen[event.payload.socket].append(event.payload.data if event.tag == "text" else event.tag)
        expected = ["opened", *(str(number) for number in range(200)), "closed"]
        assert all(events == expected for events in seen.values())


def test_a_wait_takes_no_more_than_it_asks_for():
    def handler(connection):
        for number in range(10):
            connection.send(bytes([number]))

    with peer(handler) as url, Client() as client:
        client.connected(url)
        taken = []
        while not taken or taken[-1].tag != "closed":
            events = client.queue.wait(3, 20 * SECOND)
            assert 1 <= len(events) <= 3
            taken += events
        assert [event.payload.data for event in taken[:-1]] == [bytes([number]) for number in range(10)]


def test_a_fast_sender_is_slowed_down_and_the_memory_stays_flat(server):
    size, count = 64 << 10, 4_000
    limits = Limits(queued_bytes=256 << 10)
    with Client(limits) as client:
        client.connected(f"{server.ws}/push?n={count}&size={size}")
        until("the socket is not read", lambda: client.queue.holds_up_readers)
        assert limits.queued_bytes <= client.queue.queued_bytes < 2 * limits.queued_bytes
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        received = 0
        while received < count:
            received += sum(event.tag == "text" for event in client.queue.wait(64, 20 * SECOND))
            assert client.queue.queued_bytes < 2 * limits.queued_bytes
        # 250 MiB have gone through; ru_maxrss is in KiB.
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 << 10


def test_a_send_waits_until_the_peer_has_taken_enough():
    go_on = threading.Event()

    def handler(connection):
        go_on.wait(20)
        for _ in connection:
            pass

    limits = Limits(buffered_bytes=64 << 10)
    # The peer keeps one message for its handler, and then does not read.
    with peer(handler, max_queue=1, compression=None, max_size=None) as url, Client(limits) as client:
        socket = client.connected(url)
        left = []

        def send():
            for _ in range(200):
                socket.send_binary(bytes(256 << 10))
                left.append(socket.link.buffered)

        sender = threading.Thread(target=send)
        sender.start()
        until("a send waits", lambda: socket.link.buffered >= limits.buffered_bytes)
        # 50 MiB are more than the operating system takes.
        assert len(left) < 200
        go_on.set()
        sender.join(20)
        assert len(left) == 200
        # None has returned while too much waited.
        assert all(waiting < limits.buffered_bytes for waiting in left)


def test_an_interruption_ends_a_wait_and_a_send():
    with peer(lambda connection: threading.Event().wait(1)) as url, Client(Limits(buffered_bytes=1)) as client:
        socket = client.connected(url)
        timer = threading.Timer(0.1, client.shared.interrupt)
        timer.start()
        assert client.queue.wait(1, None) is None
        assert client.queue.wait(1, 0) is None
        socket.send_text("this one is accepted")
        with pytest.raises(Refusal, match="limit-reached"):
            while True:
                socket.link.accept(1, bytes(1 << 20))


def test_what_comes_for_a_dropped_socket_is_dropped():
    def handler(connection):
        for message in connection:
            connection.send(message)

    with peer(handler) as url, Client() as client:
        dropped, kept = client.connected(url), client.connected(url)
        dropped.send_text("gone")
        until("the echo waits", lambda: client.queue.queued_bytes == len("gone"))
        dropped.link.detach()
        kept.send_text("kept")
        assert client.next().payload.data == "kept"
        assert client.queue.wait(64, SECOND // 20) == []
        assert client.shared.open_sockets == 1


def test_a_dropped_queue_holds_nobody_up():
    received = threading.Event()

    def handler(connection):
        for _ in range(2_000):
            connection.send(bytes(4096))
        received.set()

    with peer(handler, compression=None) as url, Client(Limits(queued_bytes=1024)) as client:
        client.connected(url)
        client.queue.close()
        assert received.wait(20)
        assert client.queue.queued_bytes == 0


def test_timers_that_nobody_hears_are_counted():
    with Client() as client:
        timer = Timer(1, client.queue, 0, 5_000_000)
        first = client.next().payload
        # Several periods go by.
        assert client.queue.wait(0, 40_000_000) == []
        second, third = client.next().payload, client.next().payload
        assert second.missed >= 5
        assert second.due - first.due == 5_000_000 * (1 + first.missed)
        assert third.due - second.due == 5_000_000 * (1 + second.missed)
        timer.stop()


def test_timers_fire_in_the_order_in_which_they_are_due():
    with Client() as client:
        for number, delay in enumerate([30, 10, 20], start=1):
            Timer(number, client.queue, delay * 1_000_000, None)
        assert [client.next().payload.timer for _ in range(3)] == [2, 3, 1]


def test_a_guest_that_takes_nothing_gets_no_more():
    with Client(Limits(queued_events=0)) as client:
        source = client.socket().link
        for _ in range(UNTAKEN_EVENTS):
            client.queue.check_untaken()
            client.queue.push(Variant("text"), 0, source)
        with pytest.raises(Refusal, match="limit-reached: a guest may have 65536 events that it does not take"):
            client.queue.check_untaken()
        client.queue.wait(1, 0)
        client.queue.check_untaken()
