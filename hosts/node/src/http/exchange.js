// One request and its answer. Node speaks the HTTP; each exchange has a connection of its own.
import { request } from 'node:http';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

import { code } from '../../core/refusal.js';
import { Attempt } from '../attempt.js';
import { dial } from '../dial.js';
import { connectError, Failure, handshakeError } from '../failure.js';
import { MAX_BODY } from './plan.js';

/** The longest header section of an answer, in bytes. */
const MAX_HEAD = 256 << 10;

/** Codings of bodies, to and fro; Node.js 20 does not know zstd. */
const ENCODE = { gzip: zlib.gzip, deflate: zlib.deflate, br: zlib.brotliCompress, zstd: zlib.zstdCompress };
const DECODE = { gzip: zlib.gunzip, deflate: zlib.inflate, br: zlib.brotliDecompress, zstd: zlib.zstdDecompress };

const VERSIONS = { '1.0': 'http10', 1.1: 'http11' };

/** An exchange of a guest's. `told` hears `answered`. */
export class Exchange {
  #asked;
  #told;
  #host;
  #attempt;
  #isOver = false;
  #times = {};
  #sentHeaders = [];
  #bodyLength = 0;
  #tls;

  /**
   * @param {object} asked method, url, headers as pairs, body, encodings, timeout in nanoseconds, discardBody
   * @param {object} told hears `answered` once
   * @param {object} host `network`, `tls`, `userAgent`, `now`, `traffic`, and `ended(exchange)`
   */
  constructor(asked, told, host) {
    this.#asked = asked;
    this.#told = told;
    this.#host = host;
    this.#attempt = new Attempt(asked.timeout, host.now, host.traffic);
    this.#attempt.onTimeout = () => this.#end(undefined, code('timeout'));
    this.#start();
  }

  async #start() {
    try {
      const body = await encoded(this.#asked);
      const stream = await dial(this.#asked, this.#host.network, this.#host.tls, this.#attempt);
      this.#attempt.step('secured');
      this.#times.connected = this.#host.now();
      this.#tls = tlsOf(stream);
      this.#end(await this.#exchange(stream, body));
    } catch (error) {
      this.#end(undefined, connectError(error));
    }
  }

  #exchange(stream, body) {
    return new Promise((resolve, reject) => {
      const { method, url, headers, encodings } = this.#asked;
      const { pathname, search, host } = new URL(url);
      const given = (wanted) => headers.some(([name]) => name.toLowerCase() === wanted);
      const fields = [
        ...(given('host') ? [] : [['Host', host]]),
        ...(given('user-agent') ? [] : [['User-Agent', this.#host.userAgent]]),
        ...headers,
        ...(encodings.length > 0 ? [['Content-Encoding', encodings.join(', ')]] : []),
        ...(body || ['POST', 'PUT', 'PATCH'].includes(method) ? [['Content-Length', String(body?.length ?? 0)]] : []),
      ];
      this.#sentHeaders = fields.map(([name, value]) => ({ name, value }));
      this.#bodyLength = body?.length ?? 0;
      const how = { createConnection: () => stream, method, path: pathname + search, setHost: false };
      const flat = fields.flatMap(([name, value]) => [name, Buffer.from(value).toString('latin1')]);
      const asked = request({ ...how, headers: flat, maxHeaderSize: MAX_HEAD });
      asked.on('error', (error) => reject(new Failure(answerError(error))));
      asked.on('finish', () => (this.#times.sent = this.#host.now()));
      asked.on('response', (answer) => this.#read(answer).then(resolve, reject));
      asked.end(body);
    });
  }

  async #read(answer) {
    this.#times.first = this.#host.now();
    const chunks = [];
    let length = 0;
    try {
      for await (const chunk of answer) {
        length += chunk.length;
        if (length > MAX_BODY) throw new Failure(code('limit-reached', `the body has more than ${MAX_BODY} bytes`));
        if (!this.#asked.discardBody) chunks.push(chunk);
      }
    } catch (error) {
      throw error instanceof Failure ? error : new Failure(answerError(error));
    }
    const { statusCode, statusMessage, httpVersion, rawHeaders } = answer;
    const coding = answer.headers['content-encoding'] ?? '';
    const headers = [];
    for (let place = 0; place < rawHeaders.length; place += 2) {
      headers.push({ name: rawHeaders[place], value: Buffer.from(rawHeaders[place + 1], 'latin1').toString() });
    }
    return {
      status: statusCode,
      statusText: `${statusCode} ${statusMessage}`.trim(),
      version: VERSIONS[httpVersion] ?? 'http11',
      headers,
      body: chunks.length > 0 ? await decoded(Buffer.concat(chunks), coding) : new Uint8Array(),
    };
  }

  #end(answer, failure) {
    if (this.#isOver) return;
    this.#isOver = true;
    const now = this.#host.now();
    const steps = this.#attempt.end();
    this.#attempt.destroy();
    this.#host.ended(this);
    // What was cut short lasted until now.
    const { connected = now, sent = this.#times.first ?? now, first = now } = this.#times;
    const timings = {
      blocked: connected - steps.started,
      connecting: steps.connected - steps.resolved,
      tlsHandshaking: this.#tls ? steps.secured - steps.connected : 0n,
      sending: sent - connected,
      waiting: first > sent ? first - sent : 0n,
      receiving: now - first,
    };
    const { peer } = this.#attempt;
    const parts = { address: peer, tls: this.#tls, timings, answer, failure };
    this.#told.answered({ headers: this.#sentHeaders, bodyLength: this.#bodyLength, ...parts });
  }

  /** Gives it up. */
  abort() {
    this.#end(undefined, code('other', 'given up'));
  }

  /** As a connection: the guest is gone. */
  leave() {
    this.abort();
  }
}

const answerError = (error) => {
  const told = handshakeError(error, MAX_HEAD);
  const words = (text) => text.replace('the answer is not HTTP', 'the answer is malformed');
  return told.tag === 'bad-handshake' ? code('protocol-violation', words(told.val)) : told;
};

const tlsOf = (stream) => {
  const version = stream.getProtocol?.()?.toLowerCase().replace('tlsv', 'tls');
  if (!version) return undefined;
  return { version, cipherSuite: stream.getCipher().standardName };
};

const encoded = async ({ body, encodings }) => {
  let bytes = body && Buffer.from(body);
  for (const coding of encodings) {
    if (!ENCODE[coding])
      throw new Failure(code('other', `Node.js ${process.version} does not know the coding ${coding}`));
    bytes = await promisify(ENCODE[coding])(bytes ?? Buffer.alloc(0));
  }
  return bytes;
};

/** A small body must not become a large one. */
const decoded = async (bytes, codings) => {
  let body = bytes;
  for (const name of codings.split(',').reverse()) {
    const decode = DECODE[name.trim().toLowerCase()];
    if (!decode) continue;
    try {
      body = await promisify(decode)(body, { maxOutputLength: MAX_BODY });
    } catch (error) {
      throw new Failure(code('protocol-violation', `the body cannot be decoded: ${error.message}`));
    }
  }
  return new Uint8Array(body);
};
