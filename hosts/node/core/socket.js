// A connection as the guest has it: its states, and what may be asked in which. The connector does the rest.
import { CLOSE_REASON, CONTROL_PAYLOAD, FRAME_OVERHEAD, QUEUED_FRAMES } from './limits.js';
import { code, invalidArgument, invalidState, limitReached } from './refusal.js';
import { byteLength, checkTarget } from './target.js';

/** What an attempt fails with that the guest itself has given up. */
export const GIVEN_UP = 'the connection was given up before it was established';

/**
 * `sockets.socket`. Connectors call the methods of the second half. What they tell shows when the guest waits, in
 * whatever way it does: a thread that goes on hears of nothing.
 */
export class Socket {
  #client;
  #queue;
  #id;
  #state = 'unconnected';
  #connection;
  #observer;
  /** Payload, and frames, that wait to be sent. */
  #buffered = 0;
  #frames = 0;
  #charged = 0;
  /** The guest has asked for the end, so that messages are nothing to it. */
  #ended = false;
  #aborted = false;
  /** Messages that the guest has taken, until it tells that it has handled them. */
  #fetched = [];
  /** The handle is dropped: nothing of it may reach the guest any more. */
  gone = false;

  constructor(client, queue) {
    this.#client = client;
    this.#queue = queue;
    this.#id = client.nextId('socket');
  }

  /** `socket.id` */
  id() {
    return this.#id;
  }

  /** `socket.state` */
  state() {
    return this.#state;
  }

  /** `socket.buffered-amount` */
  bufferedAmount() {
    return BigInt(this.#buffered);
  }

  /** `socket.connect` */
  connect(url, options) {
    if (this.#state !== 'unconnected') throw invalidState();
    const client = this.#client;
    const target = checkTarget(url, options, client.limits);
    client.connector.check?.(target);
    const overflow = this.#queue.overflow();
    if (overflow) throw limitReached(overflow);
    if (client.socketCount >= client.limits.sockets) throw limitReached(`${client.limits.sockets} open sockets`);
    client.socketCount += 1;
    this.#state = 'connecting';
    client.sockets.add(this);
    this.#observer?.begun(client.now());
    this.#connection = client.connector.open({ id: this.#id, queue: this.#queue.number, ...target }, this);
  }

  /** `socket.send-text` */
  sendText(data) {
    return this.#client.waiter.run(this.#send('text', data, byteLength(data)));
  }

  /** `socket.send-binary` */
  sendBinary(data) {
    return this.#client.waiter.run(this.#send('binary', data, data.length));
  }

  /** Waits while too much is buffered, before and after: pings do not wait. */
  *#send(kind, data, bytes) {
    yield* this.#untilRoom();
    this.#accept(kind, data, bytes);
    yield* this.#untilRoom();
  }

  *#untilRoom() {
    const client = this.#client;
    while (this.#state === 'open' && !this.#aborted && this.#isFull() && !client.interrupted) {
      yield undefined;
      client.poll();
    }
  }

  /** `socket.ping` */
  ping(payload) {
    if (payload.length > CONTROL_PAYLOAD) {
      throw invalidArgument(`the payload of a ping is longer than ${CONTROL_PAYLOAD} bytes`);
    }
    this.#accept('ping', payload, payload.length);
  }

  #accept(kind, data, bytes) {
    const accepted = this.#state === 'open' && !this.#isFull();
    this.#observer?.sent(kind, bytes, accepted, data);
    if (this.#state !== 'open') throw invalidState();
    this.#connection.check?.(kind);
    if (!accepted) throw limitReached(this.#tooMuch());
    this.#frames += 1;
    this.#charge(bytes + FRAME_OVERHEAD);
    if (kind !== 'ping') this.#buffered += bytes;
    this.#connection.send(kind, data, bytes);
  }

  #isFull() {
    const { limits, buffered } = this.#client;
    return (
      this.#buffered >= limits.bufferedBytes || this.#frames >= QUEUED_FRAMES || buffered >= limits.allBufferedBytes
    );
  }

  #tooMuch() {
    const { bufferedBytes, allBufferedBytes } = this.#client.limits;
    const one = `${bufferedBytes} bytes or ${QUEUED_FRAMES} frames that wait to be sent on a socket`;
    return `${one}, and ${allBufferedBytes} bytes on all of them`;
  }

  #charge(bytes) {
    this.#charged += bytes;
    this.#client.buffered += bytes;
  }

  /** `socket.close` */
  close(closeCode, reason) {
    if (byteLength(reason) > CLOSE_REASON) throw invalidArgument(`the reason is longer than ${CLOSE_REASON} bytes`);
    if (closeCode === undefined && reason !== '') throw invalidArgument('a reason cannot be sent without a code');
    if (this.#state === 'unconnected') throw invalidState();
    if (this.#state === 'open') this.#connection.checkClose?.(closeCode);
    this.#ended = true;
    if (this.#state === 'connecting') {
      this.#aborted = true;
      this.#connection.abort();
    } else if (this.#state === 'open') {
      this.#state = 'closing';
      this.#connection.close(closeCode, reason);
      this.#observer?.written(1);
    }
  }

  /** `socket.abort` */
  abort() {
    this.#ended = true;
    if (this.#state === 'unconnected' || this.#state === 'closed') return;
    this.#aborted = true;
    this.#connection.abort();
  }

  /** `socket.skip` */
  skip(messages) {
    if (messages > 0) this.#fetched.splice(-messages, messages);
  }

  /** The handle is dropped: the connection ends, and no event follows. */
  drop() {
    this.settle();
    this.gone = true;
    if (this.#state === 'unconnected' || this.#state === 'closed') return;
    // What was accepted before `close` still leaves.
    if (this.#state === 'closing') this.#observer?.written(this.#frames);
    this.#observer?.ended(this.#endOfDrop(), this.#client.now());
    this.#connection.leave();
    this.#giveBack();
  }

  /** How a session has ended whose handle is dropped. Who is asked to finish has not closed it by itself. */
  #endOfDrop() {
    if (this.#state === 'connecting') return 'unopened';
    return this.#state === 'closing' && !this.#client.interrupted ? 'closed' : 'given up';
  }

  /** Lets `observer` know what the socket does; the first one stays. */
  observe(observer) {
    this.#observer ??= observer;
  }

  /** The guest has handled the messages that it has taken. */
  settle() {
    for (const message of this.#fetched.splice(0)) this.#observer.received(message);
  }

  /** The event as the guest gets it. */
  handOut(event, fetched) {
    if (this.#observer && !this.#ended && (event.tag === 'text' || event.tag === 'binary')) {
      this.#fetched.push(event.val);
      fetched.add(this);
    }
    return event;
  }

  /** From the connector: the opening handshake is complete. */
  opened(handshake, timings) {
    if (this.gone) return;
    if (this.#aborted) {
      this.failed({ code: code('other', GIVEN_UP), address: undefined }, handshake, timings);
      return;
    }
    this.#state = 'open';
    this.#observer?.opened(timings);
    this.#put({ tag: 'opened', val: { socket: this.#id, handshake, timings } }, timings.started + timings.finished);
  }

  /** From the connector: the attempt has failed. */
  failed(failure, handshake, timings) {
    if (this.gone) return;
    this.#giveBack();
    const isGivenUp = failure.code.tag === 'other' && failure.code.val === GIVEN_UP;
    this.#observer?.failed(timings, isGivenUp);
    this.#observer?.ended('unopened', this.#client.now());
    const val = { socket: this.#id, failure, handshake, timings };
    this.#put({ tag: 'failed', val }, timings.started + timings.finished);
  }

  /** From the connector: a message, a ping or a pong, which a gate has counted. After `close` messages are dropped. */
  received(tag, data, bytes, at) {
    const isMessage = tag === 'text' || tag === 'binary';
    if (this.gone || (isMessage && this.#state !== 'open')) {
      this.#client.connector.taken(this.#queue.number, 1, bytes);
      return;
    }
    if (tag === 'pong') this.#observer?.pong(data, at);
    this.#client.timers.fire(at);
    this.#queue.put({ tag, val: { socket: this.#id, data, at } }, this, bytes, true);
  }

  /** From the connector: frames were handed to the operating system: so many, with so much payload of messages, and of all. */
  flushed(frames, payload, all) {
    if (this.#state === 'closed') return;
    this.#observer?.written(frames);
    this.#frames -= frames;
    this.#buffered -= payload;
    this.#discharge(frames * FRAME_OVERHEAD + all);
    this.#client.waiter.wake();
  }

  /** From the connector: the peer's close frame is answered when the guest has handled what came before it. */
  asked() {
    this.#queue.whenHandled(() => this.#connection.answer());
  }

  /** From the connector: the connection has ended. */
  closed(ending) {
    if (this.gone || this.#state === 'closed') return;
    this.#giveBack();
    const broken = this.#aborted ? 'given up' : 'broken';
    this.#observer?.ended(ending.failure ? broken : 'closed', ending.at);
    this.#put({ tag: 'closed', val: { socket: this.#id, ...ending } }, ending.at);
    this.#client.waiter.wake();
  }

  #put(event, at) {
    this.#client.timers.fire(at);
    this.#queue.put(event, this);
  }

  #discharge(bytes) {
    const given = Math.min(bytes, this.#charged);
    this.#charged -= given;
    this.#client.buffered -= given;
  }

  /** Gives back what a socket holds from `connecting` to `closed`. */
  #giveBack() {
    this.#state = 'closed';
    this.#discharge(this.#charged);
    this.#buffered = 0;
    this.#frames = 0;
    this.#client.socketCount -= 1;
    this.#client.sockets.delete(this);
  }
}
