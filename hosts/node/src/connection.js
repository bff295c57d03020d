// One connection: its attempt, then messages both ways until it ends. Frames are those of ws; the states are the WIT's.
import { PerMessageDeflate, Receiver, Sender } from 'ws';

import { FRAGMENTS, TCP_CLOSE_WAIT, UNSENT_PONGS } from '../core/limits.js';
import { code } from '../core/refusal.js';
import { GIVEN_UP } from '../core/socket.js';
import { Attempt } from './attempt.js';
import { dial } from './dial.js';
import { closeCodeFor, connectError, Failure, frameError } from './failure.js';
import { shakeHands } from './handshake.js';
import { Keepalive } from './keepalive.js';

/** The close frame had no code (RFC 6455, section 7.4.1). */
const NO_STATUS = 1005;

/** There was no close frame. */
const ABNORMAL = 1006;

/** The opcode of a close frame. */
const CLOSE = 8;

/** A connection of a guest's. `told` is the guest's socket, or who passes on to it what is told. */
export class Connection {
  #target;
  #host;
  #told;
  #gate;
  #attempt;
  #stream;
  #receiver;
  #sender;
  #deflate;
  #keepalive;
  #deadline;
  /** Why it does not read for now. */
  #holds = new Set();
  /** When the last bytes were read, the bytes, and the one before them. */
  #at = 0n;
  #chunk = Buffer.alloc(0);
  #before = Buffer.alloc(0);
  /** Frames that are not with the operating system, and what of those that are is not told yet. */
  #unsent = 0;
  #flushed;
  #unsentPongs = 0;
  #afterSends = [];
  #closing = false;
  #closeSent = false;
  #received;
  #unanswered = false;
  #hasEnded = false;
  #isOver = false;

  /**
   * @param {object} target as `checkTarget` makes it
   * @param {object} told hears `opened`, `failed`, `received`, `flushed`, `asked`, `closed`
   * @param {object} host `network`, `tls`, `userAgent`, `now`, `traffic`, and `ended(connection)`
   * @param {import('../core/gate.js').Gate} gate that of the guest's queue
   */
  constructor(target, told, host, gate) {
    this.#target = target;
    this.#told = told;
    this.#host = host;
    this.#gate = gate;
    this.#attempt = new Attempt(target.timeout, host.now, host.traffic);
    this.#start();
  }

  async #start() {
    const { network, tls, userAgent } = this.#host;
    const attempt = this.#attempt;
    attempt.onTimeout = () => this.#fail(new Failure(code('timeout')));
    try {
      const stream = await dial(this.#target, network, tls, attempt);
      const agreed = await shakeHands(stream, this.#target, userAgent);
      if (!this.#isOver) this.#open(stream, agreed);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error) {
    if (this.#isOver) return;
    const timings = this.#attempt.end();
    this.#leaveAll();
    this.#attempt.destroy();
    const failure = { code: connectError(error), address: this.#attempt.peer };
    this.#told.failed(failure, error.handshake, timings);
  }

  #open(stream, { handshake, head, deflate }) {
    const timings = this.#attempt.end();
    const extensions = deflate ? { [PerMessageDeflate.extensionName]: deflate } : {};
    this.#deflate = deflate;
    this.#stream = stream;
    this.#sender = new Sender(stream, extensions);
    this.#receiver = new Receiver({ extensions, maxPayload: this.#target.maxMessageSize, maxFragments: FRAGMENTS });
    this.#keepalive = new Keepalive(this.#target, {
      ping: (payload) => this.send('interval', payload, payload.length),
      isReading: () => this.#holds.size === 0,
      lost: (text) => this.#over(code('other', text)),
    });
    this.#told.opened(handshake, timings);
    // What is told may have had the guest end it.
    if (this.#isOver) return;
    this.#listen();
    this.#gate.join(this);
    if (head.length > 0) this.#read(head);
  }

  #listen() {
    this.#receiver.on('message', (data, isBinary) => {
      if (isBinary) this.#tell('binary', new Uint8Array(data), data.length);
      else this.#tell('text', data.toString(), data.length);
    });
    this.#receiver.on('ping', (data) => this.#pinged(data));
    this.#receiver.on('pong', (data) => {
      this.#keepalive.answered(data);
      this.#tell('pong', new Uint8Array(data), data.length);
    });
    this.#receiver.on('conclude', (closeCode, reason) => this.#closedByPeer(closeCode, reason));
    this.#receiver.on('drain', () => this.resume('receiver'));
    this.#receiver.on('error', (error) => this.#violated(error));
    this.#stream.on('data', (chunk) => this.#read(chunk));
    this.#stream.on('end', () => this.#ended());
    this.#stream.on('error', (error) => this.#over(connectError(error)));
    this.#stream.on('close', () => this.#over(code('unexpected-end')));
  }

  #tell(tag, data, bytes) {
    if (this.#isOver) return;
    this.#gate.put(bytes);
    this.#told.received(tag, data, bytes, this.#at);
  }

  #read(chunk) {
    // Nothing follows a close frame, and nothing is read behind what is no frame.
    if (this.#received || this.#isOver || this.#receiver.errored) return;
    this.#at = this.#host.now();
    this.#before = this.#chunk.subarray(-1);
    this.#chunk = chunk;
    if (!this.#receiver.write(chunk)) this.pause('receiver');
  }

  #pinged(data) {
    this.#tell('ping', new Uint8Array(data), data.length);
    if (this.#closeSent || this.#isOver) return;
    this.#unsentPongs += 1;
    if (this.#unsentPongs >= UNSENT_PONGS) this.pause('pongs');
    this.#sender.pong(data, true, () => {
      this.#unsentPongs -= 1;
      this.resume('pongs');
    });
  }

  /** Sends a message or a ping. */
  send(kind, data, bytes) {
    if (this.#closeSent || this.#isOver) return;
    this.#unsent += 1;
    const sent = () => this.#sent(kind, bytes);
    if (kind === 'text' || kind === 'binary') {
      this.#sender.send(
        data,
        { binary: kind === 'binary', compress: this.#deflate !== undefined, fin: true, mask: true },
        sent,
      );
    } else {
      this.#sender.ping(data, true, sent);
    }
  }

  /** A frame is with the operating system, or never will be. */
  #sent(kind, bytes) {
    this.#unsent -= 1;
    if (kind === 'interval') this.#keepalive.sent();
    else this.#countFlushed(kind, bytes);
    if (this.#unsent === 0) for (const then of this.#afterSends.splice(0)) then();
  }

  /** Many frames leave in one go, and are told in one. */
  #countFlushed(kind, bytes) {
    if (!this.#flushed) {
      this.#flushed = { frames: 0, payload: 0, all: 0 };
      process.nextTick(() => {
        const { frames, payload, all } = this.#flushed;
        this.#flushed = undefined;
        if (!this.#isOver) this.#told.flushed(frames, payload, all);
      });
    }
    this.#flushed.frames += 1;
    this.#flushed.all += bytes;
    if (kind !== 'ping') this.#flushed.payload += bytes;
  }

  /** Starts the closing handshake; without a code the close frame is empty. */
  close(closeCode, reason) {
    if (this.#isOver || this.#closing) return;
    this.#closing = true;
    this.#keepalive.stop();
    // Messages are nothing to the guest any more, but the peer's close frame is.
    this.#gate.leave(this);
    if (!this.#closeSent) this.#sendClose(closeCode, reason);
    if (!this.#received) this.#expect(Number(this.#target.closeTimeout / 1_000_000n));
  }

  /** The code goes onto the wire as it is, which ws refuses to do for those that RFC 6455 reserves. */
  #sendClose(closeCode, reason, written) {
    this.#closeSent = true;
    const text = Buffer.from(reason);
    const payload = closeCode === undefined ? Buffer.alloc(0) : Buffer.concat([Buffer.alloc(2), text]);
    if (closeCode !== undefined) payload.writeUInt16BE(closeCode);
    const how = { fin: true, rsv1: false, opcode: CLOSE, mask: true, maskBuffer: Buffer.alloc(4), readOnly: false };
    const write = () => {
      if (!this.#stream.destroyed) this.#stream.write(Buffer.concat(Sender.frame(payload, how)), written);
    };
    // Compressed frames are on their way for a while.
    if (this.#deflate && this.#unsent > 0) this.#afterSends.push(write);
    else write();
  }

  #closedByPeer(closeCode, reason) {
    this.#received = { code: closeCode, reason: reason.toString() };
    this.#keepalive.stop();
    this.#gate.leave(this);
    if (this.#target.holdCloseAnswer && !this.#closeSent) {
      this.#unanswered = true;
      this.#expect(Number(this.#target.closeTimeout / 1_000_000n), () => this.answer());
      this.#told.asked();
    } else {
      this.#answerClose();
    }
  }

  /** The guest has handled all that came before the peer's close frame. */
  answer() {
    if (!this.#unanswered || this.#isOver) return;
    this.#unanswered = false;
    this.#answerClose();
    if (this.#hasEnded) this.#over();
  }

  #answerClose() {
    const { code: closeCode, reason } = this.#received;
    if (!this.#closeSent) this.#sendClose(closeCode === NO_STATUS ? undefined : closeCode, reason);
    this.#expect(TCP_CLOSE_WAIT);
  }

  /** The peer has broken the protocol: it is told so, as far as it reads that. */
  #violated(error) {
    const failure = frameError(error, this.#headerBefore());
    const closeCode = closeCodeFor(failure);
    this.#keepalive.stop();
    this.#gate.leave(this);
    this.#stream.pause();
    if (this.#closeSent) return this.#over(failure);
    this.#expect(TCP_CLOSE_WAIT, () => this.#over(failure));
    this.#sendClose(closeCode, '', () => this.#over(failure));
  }

  /** The two bytes that a refused frame began with: ws tells what is wrong, and not with which frame. */
  #headerBefore() {
    const bytes = Buffer.concat([this.#before, this.#chunk]);
    const end = bytes.length - this.#receiver._bufferedBytes;
    return end >= 2 ? bytes.subarray(end - 2, end) : undefined;
  }

  #ended() {
    this.#hasEnded = true;
    if (!this.#unanswered) this.#over(code('unexpected-end'));
  }

  /** Does something unless the connection has ended by then. */
  #expect(millis, then = () => this.#over(code('timeout'))) {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(then, Math.min(millis, 2 ** 31 - 1));
  }

  /** Ends the TCP connection without a closing handshake. */
  abort() {
    if (this.#isOver) return;
    if (this.#stream) this.#over(code('unexpected-end'));
    else this.#fail(new Failure(code('other', GIVEN_UP)));
  }

  /** The guest has dropped the socket: nothing is told any more. One that is closing still sends what was accepted. */
  leave() {
    if (this.#isOver) return;
    const stream = this.#stream;
    this.#told = { flushed() {}, received() {}, closed() {}, asked() {} };
    if (!this.#closing || !stream) {
      this.#leaveAll();
      this.#attempt.destroy();
      stream?.destroy();
      return;
    }
    const end = () => stream.end(() => this.#over());
    if (this.#unsent > 0 && this.#deflate) this.#afterSends.push(end);
    else end();
  }

  /** The end. An error after a close frame of the peer's is no failure. */
  #over(failure) {
    if (this.#isOver) return;
    this.#leaveAll();
    this.#stream.destroy();
    const { code: closeCode, reason } = this.#received ?? { code: ABNORMAL, reason: '' };
    const address = this.#attempt.peer;
    const why = this.#received ? undefined : { code: failure ?? code('unexpected-end'), address };
    const wasClean = this.#received !== undefined;
    this.#told.closed({ code: closeCode, reason, wasClean, failure: why, at: this.#host.now() });
  }

  #leaveAll() {
    this.#isOver = true;
    clearTimeout(this.#deadline);
    this.#keepalive?.stop();
    this.#deflate?.cleanup();
    this.#gate.leave(this);
    this.#host.ended(this);
  }

  /** Stops reading. */
  pause(why = 'gate') {
    this.#holds.add(why);
    this.#stream?.pause();
  }

  /** Reads on, if nothing else holds it. */
  resume(why = 'gate') {
    if (this.#holds.delete(why) && this.#holds.size === 0 && !this.#isOver) this.#stream?.resume();
  }
}
