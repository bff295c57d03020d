"""What a guest can cost its host, each bound with its reason. `Limits` sets them per guest."""

from dataclasses import dataclass

QUEUED_BYTES = 1 << 20
"""Bytes of payload that wait in an event queue before the host stops reading from its sockets. Enough for a burst while
a guest computes."""

QUEUED_EVENTS = 16_384
"""Events that wait in a queue before the host stops reading: small messages cost more than their payload."""

BUFFERED_BYTES = 4 << 20
"""Bytes of payload that wait to be sent on one socket before `send` holds the guest up."""

BUFFERED_FRAMES = 16_384
"""Frames that wait to be sent on one socket before `send` holds the guest up and `ping` refuses."""

UNTAKEN_EVENTS = 65_536
"""Events beyond `QUEUED_EVENTS` that wait in a queue before its guest gets no further socket or timer. Openings,
failures and timers are not held back, so a guest that never takes them would fill the memory."""

QUEUES = 64
"""Event queues of one guest: it can only wait at one."""

SOCKETS = 65_536
"""Sockets of one guest that are not closed: as many as a process can commonly open."""

TIMERS = 65_536
"""Timers of one guest."""

HANDLES = 262_144
"""Handles of one guest, of whatever they are: sockets that are not connected cost memory too."""

MESSAGE_BYTES = 64 << 20
"""The longest message that is accepted where the guest sets no bound itself."""

MEMORY_BYTES = 256 << 20
"""The memory of one guest: what a runtime for a language takes, several times."""

CONNECT_SECONDS = 60.0
"""How long name, TCP, TLS and opening handshake may take together."""

CLOSE_SECONDS = 10.0
"""How long the peer may take to answer a close frame."""

TCP_CLOSE_SECONDS = 2.0
"""How long the server may take to end the TCP connection after both close frames (RFC 6455, section 7.1.1)."""

INTERRUPT_SECONDS = 2.0
"""How long a guest that is asked to finish may go on before it is stopped."""

HANDSHAKE_HEAD_BYTES = 64 << 10
"""The longest answer to an opening handshake, without its body: more is an attack on memory."""

HANDSHAKE_REQUEST_BYTES = 256 << 10
"""The longest opening handshake that a guest may ask for: URL, header fields and subprotocols. Few servers take as
much."""

REFUSAL_BODY_BYTES = 1024
"""How much of the body of a refusal is kept for the guest."""

REFUSAL_BODY_SECONDS = 0.5
"""How long to wait for the body of a refusal: it is a courtesy."""

CONTROL_BYTES = 125
"""The payload of a control frame (RFC 6455, section 5.5)."""

CLOSE_REASON_BYTES = CONTROL_BYTES - 2
"""The reason in a close frame: a control payload without the two bytes of the code."""

UNSENT_PONGS = 1024
"""Pings whose answers the peer has not taken before the host stops reading from it: the answers of a peer that
only ever asks would fill the memory."""

READ_BYTES = 16 << 10
"""How much of what was read is looked at before the queue is asked whether it has room. What one look brings is what a
queue can have beyond its bound; compressed, it can be a thousand times as much."""

WRITE_BYTES = 64 << 10
"""How many bytes of frames are handed to the operating system at a time."""

PERIOD_NANOSECONDS = 1_000_000
"""The shortest period of timers and pings: a shorter one would keep a thread of the host busy with nothing else."""

RANDOM_BYTES = 65_536
"""How many random bytes a guest may ask for in one call."""

FILE_BYTES = 64 << 20
"""The longest file that a guest can open: it is handed over as a whole."""

METRICS = 4_096
"""Metrics of one guest. Who declares more has most likely put data into the name."""

ROUND_TRIP_KINDS = 64
"""Kinds of round trips of one guest: each takes a place in every socket."""

ROUND_TRIPS = 16_384
"""Messages of one meter that wait for a reply. The oldest is lost where there would be more."""

PINGS = 4_096
"""Pings of one socket that wait for their pongs: a peer that never answers must not fill the memory."""

KEY_BYTES = 1_024
"""The longest key of a round trip: more than any id has."""

LINE_BYTES = 64 << 10
"""The longest line that a guest writes to standard output. What it writes without an end is cut there."""

COOKIES = 3_000
"""Cookies of one jar: as many as browsers keep."""

COOKIE_BYTES = 4_096
"""The longest cookie, with its attributes (RFC 6265, section 6.1)."""

REQUESTS = 1_024
"""HTTP requests of one guest that are under way."""

REQUEST_SECONDS = 60.0
"""How long all exchanges of a request may take together."""

REDIRECTS = 10
"""How many redirections are followed where the guest does not say how many."""

BODY_BYTES = 64 << 20
"""The longest body of a request or an answer, decoded: it is handed over as a whole."""


@dataclass(frozen=True)
class Limits:
    """The bounds of one guest; sizes are bytes, times are seconds."""

    queued_bytes: int = QUEUED_BYTES
    queued_events: int = QUEUED_EVENTS
    buffered_bytes: int = BUFFERED_BYTES
    queues: int = QUEUES
    sockets: int = SOCKETS
    timers: int = TIMERS
    handles: int = HANDLES
    message_bytes: int = MESSAGE_BYTES
    memory_bytes: int = MEMORY_BYTES
    connect_seconds: float = CONNECT_SECONDS
    close_seconds: float = CLOSE_SECONDS
