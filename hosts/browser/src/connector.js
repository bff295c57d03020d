// Opens connections by the browser's own WebSocket. It tells less than the WIT has room for: no answer to a handshake,
// no pings, no reasons; and it cannot stop reading.
import { Gates } from 'wasock-host/core/gate.js';
import { defaults, UNTAKEN_BYTES, UNTAKEN_EVENTS } from 'wasock-host/core/limits.js';
import { checkNetwork, NAME_RULES, nameRule } from 'wasock-host/core/names.js';
import { code, limitText, Refusal } from 'wasock-host/core/refusal.js';
import { GIVEN_UP } from 'wasock-host/core/socket.js';
import { byteLength } from 'wasock-host/core/target.js';
import { millisUntil } from 'wasock-host/core/waiter.js';

/** The codes that a page may close with (WHATWG, `close`). */
const NORMAL = 1000;
const [FIRST_OWN, LAST_OWN] = [3000, 4999];

/** There was no close frame (RFC 6455, section 7.4.1). */
const ABNORMAL = 1006;

/** How often to look whether a browser has sent what waits, in milliseconds: it does not tell. */
const GLANCE = 4;

/** What attempts fail with: pages are not told more, lest they explore the user's network. */
export const UNTOLD = 'the browser does not tell why';

const no = (what) => new Refusal(code('other', what));

/** The clock that events are stamped with. */
export const now = () => BigInt(Math.round(performance.now() * 1e6)) + 1n;

/** Who connects for one guest. */
export class Connector {
  #gates;
  #limits;
  #nameRule;
  #connections = new Set();

  /**
   * @param {object} options
   * @param {'all' | object} [options.network] where the guest may connect to, as `nameRule` has it
   * @param {object} [options.limits] `queuedBytes` and `queuedEvents`
   */
  constructor({ network, limits }) {
    this.#limits = { ...defaults, ...limits };
    this.#gates = new Gates(this.#limits);
    this.#nameRule = nameRule(checkNetwork(network, NAME_RULES));
  }

  /** Refuses what no browser does, before the attempt begins. */
  check({ url, headers, pingInterval }) {
    if (headers.length > 0) throw no('a browser does not let header fields of a handshake be set');
    if (pingInterval) throw no('a browser sends no pings at an interval');
    if (url.startsWith('ws+unix:')) throw no('a browser does not reach Unix sockets');
  }

  /** Opens a connection, whose socket is told of it. */
  open(target, socket) {
    const ended = (connection) => this.#connections.delete(connection);
    const parts = { denied: this.#denied(target), limits: this.#limits, ended };
    const connection = new Connection(target, socket, this.#gates.of(target.queue), parts);
    this.#connections.add(connection);
    return connection;
  }

  #denied({ url }) {
    const { hostname, port, protocol } = new URL(url);
    const number = Number(port || (protocol === 'wss:' ? 443 : 80));
    return this.#nameRule(hostname, number);
  }

  /** The guest has taken so many events, with so many bytes, from a queue. */
  taken(queue, events, bytes) {
    this.#gates.of(queue).take(events, bytes);
  }

  /** The guest has dropped a queue. */
  forget(queue) {
    this.#gates.forget(queue);
  }

  /** Ends what there still is. */
  close() {
    for (const connection of [...this.#connections]) connection.leave();
  }
}

/** One connection, from its attempt to its end. */
class Connection {
  #target;
  #told;
  #gate;
  #limits;
  #ended;
  #started = now();
  #socket;
  #isOpen = false;
  #isOver = false;
  #timer;
  #glance;
  /** Frames that the browser has not sent: how long they are, and of what kind. */
  #unsent = [];
  #unsentBytes = 0;

  constructor(target, told, gate, { denied, limits, ended }) {
    this.#target = target;
    this.#told = told;
    this.#gate = gate;
    this.#limits = limits;
    this.#ended = ended;
    this.#expect(target.timeout, () => this.#fail(code('timeout')));
    // What fails at once is told as late as everything else.
    if (denied) queueMicrotask(() => this.#fail(code('access-denied', denied)));
    else this.#dial();
  }

  #dial() {
    try {
      this.#socket = new WebSocket(this.#target.url, this.#target.protocols);
    } catch (error) {
      queueMicrotask(() => this.#fail(code('other', error.message)));
      return;
    }
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.onopen = () => this.#opened();
    this.#socket.onmessage = ({ data }) => this.#received(data);
    this.#socket.onclose = (event) => this.#closed(event);
  }

  #timings() {
    const nothing = { resolved: 0n, connected: 0n, secured: 0n };
    return { started: this.#started, ...nothing, finished: now() - this.#started };
  }

  #opened() {
    clearTimeout(this.#timer);
    this.#isOpen = true;
    const { protocol, extensions } = this.#socket;
    const handshake = { status: 101, headers: [], protocol, extensions, body: new Uint8Array() };
    this.#told.opened(handshake, this.#timings());
  }

  #received(data) {
    this.#look();
    if (this.#isOver) return;
    const isText = typeof data === 'string';
    const bytes = isText ? byteLength(data) : data.byteLength;
    if (bytes > this.#target.maxMessageSize) return this.#end(code('message-too-big'));
    this.#gate.put(bytes);
    this.#told.received(isText ? 'text' : 'binary', isText ? data : new Uint8Array(data), bytes, now());
    this.#checkWaiting();
  }

  /** A browser reads on whatever happens: who takes nothing loses the connection before it fills the memory. */
  #checkWaiting() {
    const { queuedBytes, queuedEvents } = this.#limits;
    const [mostBytes, mostEvents] = [queuedBytes + UNTAKEN_BYTES, queuedEvents + UNTAKEN_EVENTS];
    const { bytes, events } = this.#gate.waiting;
    if (bytes <= mostBytes && events <= mostEvents) return;
    const most = `${mostEvents} events or ${mostBytes} bytes that wait, since a browser cannot stop reading,`;
    this.#end(code('limit-reached', limitText(most)));
  }

  #closed({ code: closeCode, reason, wasClean }) {
    if (this.#isOver) return;
    if (!this.#isOpen) return this.#fail(code('other', UNTOLD));
    if (!wasClean) return this.#end(code('unexpected-end'));
    this.#leaveAll();
    this.#told.closed({ code: closeCode, reason, wasClean, failure: undefined, at: now() });
  }

  #fail(failure) {
    if (this.#isOver) return;
    this.#leaveAll();
    this.#told.failed({ code: failure, address: undefined }, undefined, this.#timings());
  }

  /** Ends what is open, without what the peer has to say about it. */
  #end(failure) {
    this.#leaveAll();
    const why = { code: failure, address: undefined };
    this.#told.closed({ code: ABNORMAL, reason: '', wasClean: false, failure: why, at: now() });
  }

  #leaveAll() {
    this.#isOver = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#glance);
    this.#gate.leave(this);
    this.#ended(this);
    this.#socket?.close();
  }

  #expect(duration, then) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, millisUntil(duration, 0n));
  }

  /** Refuses what no browser sends. */
  check(kind) {
    if (kind === 'ping') throw no('a browser sends no pings');
  }

  /** Sends a message. */
  send(_kind, data, bytes) {
    if (this.#isOver) return;
    this.#unsent.push(bytes);
    this.#unsentBytes += bytes;
    this.#socket.send(data);
    this.#glance ??= setTimeout(() => this.#look(), GLANCE);
  }

  /** Looks what has been sent meanwhile. */
  #look() {
    clearTimeout(this.#glance);
    this.#glance = undefined;
    if (this.#isOver) return;
    let [frames, bytes] = [0, 0];
    while (
      this.#unsent.length > frames &&
      this.#unsentBytes - bytes - this.#unsent[frames] >= this.#socket.bufferedAmount
    ) {
      bytes += this.#unsent[frames];
      frames += 1;
    }
    this.#unsent.splice(0, frames);
    this.#unsentBytes -= bytes;
    if (this.#unsent.length > 0) this.#glance = setTimeout(() => this.#look(), GLANCE);
    if (frames > 0) this.#told.flushed(frames, bytes, bytes);
  }

  /** Refuses a code that no page may close with. */
  checkClose(closeCode) {
    const may = closeCode === undefined || closeCode === NORMAL || (closeCode >= FIRST_OWN && closeCode <= LAST_OWN);
    if (!may) {
      const text = `a browser closes with ${NORMAL} or ${FIRST_OWN} to ${LAST_OWN}, and not with ${closeCode}`;
      throw new Refusal(code('invalid-argument', text));
    }
  }

  /** Starts the closing handshake. */
  close(closeCode, reason) {
    if (this.#isOver) return;
    if (closeCode === undefined) this.#socket.close();
    else this.#socket.close(closeCode, reason);
    this.#expect(this.#target.closeTimeout, () => this.#end(code('timeout')));
  }

  /** Ends the connection as far as the guest sees it: a page cannot end it without a closing handshake. */
  abort() {
    if (this.#isOver) return;
    if (this.#isOpen) this.#end(code('unexpected-end'));
    else this.#fail(code('other', GIVEN_UP));
  }

  /** The browser has answered the peer's close frame by itself. */
  answer() {}

  /** The guest has dropped the socket: nothing is told any more. */
  leave() {
    if (!this.#isOver) this.#leaveAll();
  }

  pause() {}

  resume() {}
}
