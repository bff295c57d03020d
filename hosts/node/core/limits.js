// What a guest can cost its host, each bound with its reason. They are those of wasock's own host.

/**
 * Bytes of payload that wait in an event queue before the host stops reading from its sockets: enough for a burst
 * while a guest computes, small enough for many guests.
 */
export const QUEUED_BYTES = 1 << 20;

/** Events that wait in a queue before the host stops reading: small messages cost more than their payload. */
export const QUEUED_EVENTS = 16_384;

/** Bytes of payload that wait to be sent on one socket before `send` holds the guest up. */
export const BUFFERED_BYTES = 4 << 20;

/** Bytes that wait to be sent on all sockets of a guest before `send` holds it up: peers that do not read add up. */
export const ALL_BUFFERED_BYTES = 64 << 20;

/** Frames that wait to be sent on one socket before `send` holds the guest up, and `ping` refuses. */
export const QUEUED_FRAMES = 16_384;

/** What a frame that waits takes besides its payload, in bytes, about. */
export const FRAME_OVERHEAD = 64;

/** Event queues of one guest: it can only wait at one. */
export const QUEUES = 64;

/**
 * Events beyond `QUEUED_EVENTS` that wait before a guest gets no further socket or timer: openings, failures and
 * timers are not held back.
 */
export const UNTAKEN_EVENTS = 65_536;

/** Bytes in those events, beyond `QUEUED_BYTES`. */
export const UNTAKEN_BYTES = 64 << 20;

/** Sockets of one guest that are not closed: as many as a process can commonly open. */
export const SOCKETS = 65_536;

/** Timers of one guest. */
export const TIMERS = 65_536;

/** The longest message that is accepted, in bytes, where the guest sets no bound itself. */
export const MESSAGE_SIZE = 64 << 20;

/** Fragments of one message: empty ones cost memory too. */
export const FRAGMENTS = 262_144;

/** How long name, TCP, TLS and opening handshake may take together, in nanoseconds. */
export const CONNECT_TIMEOUT = 60_000_000_000n;

/** How long the peer may take to answer a close frame, in nanoseconds. */
export const CLOSE_TIMEOUT = 10_000_000_000n;

/** The shortest time between two pings that the host sends by itself, in nanoseconds. */
export const MIN_PING_INTERVAL = 1_000_000n;

/** The shortest period of a timer, in nanoseconds: a shorter one would keep the host busy with nothing else. */
export const MIN_PERIOD = 1_000_000n;

/** Pings that are answered, but whose answers the peer has not taken, before the host stops reading from it. */
export const UNSENT_PONGS = 1024;

/** How long the server may take to end the TCP connection after both close frames, in milliseconds. */
export const TCP_CLOSE_WAIT = 2000;

/** The longest answer to an opening handshake, without its body: more is an attack on memory. */
export const HANDSHAKE_HEAD = 64 << 10;

/** The longest opening handshake that a guest may ask for, in bytes: few servers take as much. */
export const HANDSHAKE_REQUEST = 256 << 10;

/** How much of the body of a refusal is kept, in bytes. */
export const REFUSAL_BODY = 1024;

/** How long to wait for the body of a refusal, in milliseconds: it is a courtesy. */
export const REFUSAL_BODY_WAIT = 500;

/** The payload of a control frame (RFC 6455, section 5.5). */
export const CONTROL_PAYLOAD = 125;

/** The reason in a close frame: a control payload without the two bytes of the code. */
export const CLOSE_REASON = CONTROL_PAYLOAD - 2;

/** Random bytes in one call, as the WIT says. */
export const RANDOM_BYTES = 65_536;

/** The memory of a guest, in pages of 64 KiB: 256 MiB, as wasock has it. */
export const MEMORY_PAGES = 4096;

/** The bounds of one guest that an embedder may set. */
export const defaults = Object.freeze({
  queuedBytes: QUEUED_BYTES,
  queuedEvents: QUEUED_EVENTS,
  bufferedBytes: BUFFERED_BYTES,
  allBufferedBytes: ALL_BUFFERED_BYTES,
  queues: QUEUES,
  sockets: SOCKETS,
  timers: TIMERS,
  messageSize: MESSAGE_SIZE,
  connectTimeout: CONNECT_TIMEOUT,
  closeTimeout: CLOSE_TIMEOUT,
});
