// What is measured of a request, by the rules of wasock's runner.

/** Nanoseconds as milliseconds. */
const millis = (nanos) => Number(nanos) / 1e6;

/** Measures one request, each of its exchanges by itself. */
export class RequestMeter {
  #registry;
  #expected;

  /** @param {{ first: number, last: number }[]} [expected] statuses that are no failures; without it nothing is one */
  constructor(registry, expected) {
    this.#registry = registry;
    this.#expected = expected;
  }

  /**
   * An exchange has ended.
   *
   * @param {object} timings how long its parts took, in nanoseconds, as `wit/http.wit` has them
   * @param {number} [status] of the answer, if there was one
   */
  ended(timings, status) {
    const { blocked, connecting, tlsHandshaking, sending, waiting, receiving } = timings;
    this.#registry.add('http_reqs', 1);
    const times = {
      http_req_duration: sending + waiting + receiving,
      http_req_blocked: blocked,
      http_req_connecting: connecting,
      http_req_tls_handshaking: tlsHandshaking,
      http_req_sending: sending,
      http_req_waiting: waiting,
      http_req_receiving: receiving,
    };
    for (const [name, nanos] of Object.entries(times)) this.#registry.add(name, millis(nanos));
    if (this.#expected) this.#registry.add('http_req_failed', this.#isExpected(status) ? 0 : 1);
  }

  #isExpected(status) {
    return status !== undefined && this.#expected.some(({ first, last }) => first <= status && status <= last);
  }
}
