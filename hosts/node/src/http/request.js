// `http`: requests, each a series of exchanges that a connector carries out.
import { dispose } from '../../core/client.js';
import { interrupted } from '../../core/queue.js';
import { invalidState, limitReached, trap } from '../../core/refusal.js';
import { parseCookie } from '../jar.js';
import { failureOf } from './failure.js';
import { MAX_BODY, planOf, redirected } from './plan.js';

/** Requests of one guest that are under way at one time. */
const MOST = 1024;

/**
 * The interface for one guest, and `leave`, which gives up what is under way.
 *
 * @returns {{ imports: object, leave: () => void }}
 */
export const httpOf = (client) => {
  const underWay = new Set();

  class Request {
    #id = client.nextId('operation');
    #queue;
    #plan;
    #jar;
    #sent;
    #exchange;
    #outcome;
    #left = 0;
    #ends;
    #meter;
    /** Idle, under way, or ended. */
    state = 'idle';
    /** The handle is dropped: its end is for nobody. */
    gone = false;

    constructor(queue) {
      this.#queue = queue;
    }

    id() {
      return this.#id;
    }

    /** Lets `meter` know of its exchanges; the first one stays. */
    observe(meter) {
      this.#meter ??= meter;
    }

    start(method, url, options, jar) {
      if (this.state !== 'idle') throw invalidState();
      if (underWay.size >= MOST) throw limitReached(`${MOST} requests at one time`);
      if ((options.body?.length ?? 0) > MAX_BODY) throw limitReached(`a body of ${MAX_BODY} bytes`);
      this.#plan = planOf(method, url, options);
      this.#jar = jar;
      this.#left = this.#plan.redirects;
      this.#ends = client.now() + this.#plan.deadline;
      this.state = 'under way';
      underWay.add(this);
      this.#begin(this.#plan.step);
    }

    #begin(step) {
      const cookies = this.#cookies(step);
      const pairs = cookies.map(([name, value]) => `${name}=${value}`);
      const own = step.headers.filter(([name]) => name.toLowerCase() === 'cookie').map(([, value]) => value);
      const others = step.headers.filter(([name]) => name.toLowerCase() !== 'cookie');
      const cookie = [...own, ...pairs].join('; ');
      const headers = cookie === '' ? others : [...others, ['Cookie', cookie]];
      this.#sent = { step, cookies };
      const left = this.#ends - client.now();
      const { method, url, body, encodings } = step;
      const asked = {
        method,
        url,
        body,
        encodings,
        headers,
        timeout: left > 0n ? left : 0n,
        discardBody: this.#plan.discardBody,
      };
      this.#exchange = client.connector.exchange({ id: `request ${this.#id}`, ...asked }, this);
    }

    /** Those of the jar, and those of the request. */
    #cookies({ url, cookies: given }) {
      const ofJar = this.#jar ? this.#jar.cookies(url) : [];
      const kept = ofJar.filter(([name]) => !given.some((cookie) => cookie.replace && cookie.name === name));
      return [...kept, ...given.map(({ name, value }) => [name, value])];
    }

    /** From the connector: an exchange is over. */
    answered({ headers, bodyLength, answer, failure, ...rest }) {
      this.#meter?.ended(rest.timings, answer?.status);
      if (this.gone) return;
      const { step, cookies } = this.#sent;
      const fields = answer?.headers.filter(({ name }) => name.toLowerCase() === 'set-cookie') ?? [];
      this.#jar?.store(
        step.url,
        fields.map(({ value }) => value),
      );
      const next = answer && redirected(step, answer);
      if (next && this.#left > 0) {
        this.#left -= 1;
        this.#begin(next);
        return;
      }
      const sent = { method: step.method, url: step.url, headers, cookies, bodyLength: BigInt(bodyLength) };
      const result = answer
        ? { tag: 'ok', val: { ...answer, cookies: fields.flatMap(setCookie), tooManyRedirects: next !== undefined } }
        : { tag: 'err', val: failureOf(failure, sent, rest.address) };
      this.#end({ sent, ...rest, answer: result });
    }

    #end(outcome) {
      this.#outcome = outcome;
      this.#release('ended');
      const at = client.now();
      client.timers.fire(at);
      this.#queue?.put({ tag: 'completed', val: { operation: this.#id, at } }, this);
      client.waiter.wake();
    }

    #release(state) {
      this.state = state;
      underWay.delete(this);
    }

    handOut(event) {
      return event;
    }

    take() {
      const outcome = this.#outcome;
      this.#outcome = undefined;
      return outcome;
    }

    [dispose]() {
      this.giveUp();
    }

    giveUp() {
      this.gone = true;
      if (this.state !== 'under way') return;
      this.#release('ended');
      this.#exchange.abort();
    }
  }

  function* untilEnded(requests) {
    for (;;) {
      client.poll();
      if (client.interrupted) throw interrupted();
      const ended = requests.flatMap(({ state }, place) => (state === 'ended' ? [place] : []));
      if (ended.length > 0) return Uint32Array.from(ended);
      yield undefined;
    }
  }

  const wait = (requests) => {
    if (requests.length === 0) throw trap('the guest waits for no request');
    if (requests.some(({ state }) => state === 'idle'))
      throw trap('the guest waits for a request that was not started');
    return client.waiter.run(untilEnded(requests));
  };
  const leave = () => {
    for (const request of [...underWay]) request.giveUp();
  };
  return { imports: { Request, wait }, leave };
};

/** A `Set-Cookie` field as the WIT has it; nothing of one that is malformed. */
const setCookie = ({ value }) => {
  const cookie = parseCookie(value);
  if (!cookie) return [];
  const { maxAge = 0, expires } = cookie;
  const seconds = expires === undefined ? undefined : BigInt(Math.floor(expires / 1000));
  return [{ ...cookie, maxAge: BigInt(maxAge), expires: seconds }];
};
