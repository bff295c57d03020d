// What a request came to, as k6's scripts see it.

import { utf8Text } from 'wasock:encoding';
import { GoError } from 'wasock:errors';
import { select } from 'wasock:json-path';
import { native } from 'wasock:native';
import { canonicalHeader } from 'wasock:params';
import { isArrayBuffer, parseJson } from 'wasock:primordials';

/** The times of a request that was not made. */
const NO_TIMINGS = {
  duration: 0,
  blocked: 0,
  looking_up: 0,
  connecting: 0,
  tls_handshaking: 0,
  sending: 0,
  waiting: 0,
  receiving: 0,
};

/** There is no stapled status of certificates here. */
const NO_OCSP = {
  produced_at: 0,
  this_update: 0,
  next_update: 0,
  revoked_at: 0,
  revocation_reason: '',
  status: '',
};

const notSupported = (what) =>
  new GoError(`${what} is not supported: there is no parser of HTML; a regular expression may do`);

/** The first status that has an error code: 1000 more than itself. */
const FIRST_REFUSAL = 400;
const REFUSAL = 1000;
/** The number of failures of no particular kind. */
const OTHER_FAILURE = 1000;

function addressParts(address) {
  const at = address.lastIndexOf(':');
  if (at < 0) return { ip: '', port: 0 };
  return { ip: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) };
}

/** Names with the list of what belongs to each. */
function grouped(items, nameOf, toValue) {
  const result = {};
  for (const item of items) {
    const name = nameOf(item);
    if (Object.hasOwn(result, name)) result[name].push(toValue(item));
    else result[name] = [toValue(item)];
  }
  return result;
}

const first = (pair) => pair[0];

function sentRequest(sent, request) {
  const replaced = request.cookies.filter((cookie) => cookie[2]).map(first);
  const cookie = ([name, value]) => ({ name, value, replace: replaced.includes(name) });
  return {
    method: sent.method,
    url: sent.url,
    headers: grouped(
      sent.headers,
      (pair) => canonicalHeader(pair[0]),
      (pair) => pair[1],
    ),
    cookies: grouped(sent.cookies, first, cookie),
    body: sent.hasBody ? request.bodyText() : '',
  };
}

/** An answer of a server, or what came instead. */
export class Response {
  #json;

  constructor(fields) {
    this.remote_ip = '';
    this.remote_port = 0;
    this.url = '';
    this.status = 0;
    this.status_text = '';
    this.proto = '';
    this.headers = {};
    this.cookies = {};
    this.body = null;
    this.timings = { ...NO_TIMINGS };
    this.tls_version = '';
    this.tls_cipher_suite = '';
    this.ocsp = { ...NO_OCSP };
    this.error = '';
    this.error_code = 0;
    Object.assign(this, fields);
  }

  /** The body as JSON, or the part of it that a selector of GJSON finds. */
  json(selector = undefined) {
    if (this.#json === undefined) this.#json = { value: this.#parsed() };
    const { value } = this.#json;
    return selector === undefined ? value : select(value, String(selector));
  }

  #parsed() {
    const { body } = this;
    if (body === null || body === undefined) {
      throw new GoError(
        "the body is null so we can't transform it to JSON - this likely was because of a request error getting the response",
      );
    }
    const text = isArrayBuffer(body) ? utf8Text(body, 0, body.byteLength) : String(body);
    try {
      return parseJson(text);
    } catch (error) {
      throw new GoError(`cannot parse json due to an error: ${error.message}`);
    }
  }

  html() {
    throw notSupported('Response.html()');
  }

  submitForm() {
    throw notSupported('Response.submitForm()');
  }

  clickLink() {
    throw notSupported('Response.clickLink()');
  }
}

/** What is known of an exchange whether there is an answer or not. */
function commonFields(outcome, request) {
  const { ip, port } = addressParts(outcome.address);
  return {
    remote_ip: ip,
    remote_port: port,
    url: outcome.request.url,
    timings: outcome.timings,
    tls_version: outcome.tlsVersion,
    tls_cipher_suite: outcome.tlsCipherSuite,
    request: sentRequest(outcome.request, request),
  };
}

/** The response to a request that ended with an answer. */
export function answered(outcome, request) {
  const { answer } = outcome;
  return new Response({
    ...commonFields(outcome, request),
    status: answer.status,
    status_text: answer.statusText,
    proto: answer.proto,
    headers: native.headersObject(answer.headers),
    cookies: grouped(
      answer.cookies,
      (cookie) => cookie.name,
      (cookie) => cookie,
    ),
    body: request.responseType === 'none' ? null : answer.body,
    error_code: answer.status >= FIRST_REFUSAL ? REFUSAL + answer.status : 0,
  });
}

/** The response to a request that failed. */
export function failed(outcome, request) {
  const { number, kind, text } = outcome.failure;
  return new Response({
    ...commonFields(outcome, request),
    error: number === OTHER_FAILURE ? text : kind,
    error_code: number,
  });
}

/** The response to a request that was not made. */
export function refused(text, number, request) {
  const { method, url } = request.options;
  return new Response({
    error: text,
    error_code: number,
    request: { method, url, headers: {}, cookies: {}, body: request.bodyText() },
  });
}
