// k6/http: requests, and cookie jars.

import { CookieJar, currentJar } from 'wasock:cookies';
import { GoError } from 'wasock:errors';
import { file } from 'wasock:http-body';
import { NamedUrl, readRequest, url } from 'wasock:http-request';
import { answered, failed, refused } from 'wasock:http-response';
import { expectedStatuses, setResponseCallback } from 'wasock:http-statuses';
import { native } from 'wasock:native';
import { isArray, keys } from 'wasock:primordials';
import { runtimeOptions } from 'wasock:runtime-options';
import { inInit } from 'wasock:turn';
import { parseUrl, UrlError } from 'wasock:url-record';

/** What the option `maxRedirects` is unless it is set. */
const DEFAULT_REDIRECTS = 10;

/** The error codes of requests that were not made. */
const INVALID_URL = 1020;
const OTHER = 1000;

const { Promise: PromiseClass, Number: toNumberValue } = globalThis;

function refuseInit() {
  if (inInit()) throw new GoError('making http requests in the init context is not supported');
}

/** What a request comes to that fails: an exception, or a response that says so. */
function failure(text, request, respond) {
  if (request.throws) throw new GoError(text);
  native.logFailure('Request Failed', text);
  return respond();
}

/** Begins a request. Returns its number, or a function that makes its response, as it was refused. */
function begin(request, callback = undefined) {
  const started = native.startRequest({ ...request.options, callback });
  if (typeof started === 'number') return started;
  const { code, detail } = started;
  const isInvalid = code === 'invalid-argument';
  const text = detail === '' ? code : detail;
  const shown = isInvalid ? `invalid URL or params: ${text}` : text;
  return () =>
    failure(shown, request, () => refused(shown, isInvalid ? INVALID_URL : OTHER, request));
}

function warnOfRedirects({ redirects }) {
  if (redirects !== undefined || typeof runtimeOptions().maxRedirects === 'number') return;
  native.log(
    'warn',
    'runtime',
    `Stopped after ${DEFAULT_REDIRECTS} redirects and returned the redirection; the param redirects or the option maxRedirects says how many are followed`,
  );
}

/** The response of a request that has ended. */
function finish(id, request) {
  const outcome = native.takeResponse(id, request.responseType === 'binary');
  if (outcome.failure !== undefined) {
    return failure(outcome.failure.text, request, () => failed(outcome, request));
  }
  if (outcome.answer.tooManyRedirects) warnOfRedirects(request);
  return answered(outcome, request);
}

/** Makes a request and blocks until it has ended; nothing else of the virtual user runs meanwhile. */
export function request(method, target, body = undefined, params = undefined) {
  refuseInit();
  const read = readRequest(method, target, body, params);
  const started = begin(read);
  if (typeof started === 'function') return started();
  native.waitForRequests([started]);
  return finish(started, read);
}

/** Makes a request and returns a promise for its response. */
export function asyncRequest(method, target, body = undefined, params = undefined) {
  return new PromiseClass((resolve, reject) => {
    refuseInit();
    const read = readRequest(method, target, body, params);
    const settle = (make) => {
      try {
        resolve(make());
      } catch (error) {
        reject(error);
      }
    };
    const started = begin(read, () => {
      settle(() => finish(started, read));
    });
    if (typeof started === 'function') settle(started);
  });
}

export const get = (target, params = undefined) => request('GET', target, undefined, params);
export const head = (target, params = undefined) => request('HEAD', target, undefined, params);
export const post = (target, body = undefined, params = undefined) =>
  request('POST', target, body, params);
export const put = (target, body = undefined, params = undefined) =>
  request('PUT', target, body, params);
export const patch = (target, body = undefined, params = undefined) =>
  request('PATCH', target, body, params);
export const del = (target, body = undefined, params = undefined) =>
  request('DELETE', target, body, params);
export const options = (target, body = undefined, params = undefined) =>
  request('OPTIONS', target, body, params);

/** One entry of a batch: a URL, an array like the arguments of `request`, or an object with their names. */
function readEntry(entry) {
  if (isArray(entry)) return readRequest(...entry);
  const isUrl = typeof entry !== 'object' || entry instanceof NamedUrl || entry instanceof URL;
  if (isUrl || entry === null) {
    return readRequest('GET', entry, undefined, undefined);
  }
  if (entry.url === undefined) {
    throw new GoError("a request of http.batch() has no 'url'");
  }
  const { method = 'GET', url: target, body, params } = entry;
  const isBodiless = ['GET', 'HEAD'].includes(String(method).toUpperCase());
  return readRequest(method, target, isBodiless ? undefined : body, params);
}

/** Scheme, host and port; the whole text of what is no URL. */
function serverOf({ options: { url: text } }) {
  try {
    return parseUrl(text).host;
  } catch (error) {
    if (error instanceof UrlError) return text;
    throw error;
  }
}

/** A bound of which 0 means that there is none. */
function bound(name) {
  const value = toNumberValue(runtimeOptions()[name]);
  return value > 0 ? value : Number.POSITIVE_INFINITY;
}

/** Runs requests, as many at a time as the options allow. Returns functions that make their responses. */
function runAll(requests) {
  const [atOnce, perServer] = [bound('batch'), bound('batchPerHost')];
  const responses = [];
  const waiting = requests.map((read, index) => ({ read, index, server: serverOf(read) }));
  const running = new Map();
  const isFree = ({ server }) =>
    [...running.values()].filter((other) => other.server === server).length < perServer;
  while (waiting.length > 0 || running.size > 0) {
    for (let i = 0; i < waiting.length && running.size < atOnce; ) {
      if (!isFree(waiting[i])) {
        i += 1;
        continue;
      }
      const [entry] = waiting.splice(i, 1);
      const started = begin(entry.read);
      if (typeof started === 'function') responses[entry.index] = started;
      else running.set(started, entry);
    }
    if (running.size === 0) continue;
    for (const id of native.waitForRequests([...running.keys()])) {
      const { read, index } = running.get(id);
      running.delete(id);
      responses[index] = () => finish(id, read);
    }
  }
  return responses;
}

/** Makes several requests at a time, given as an array or an object; the responses have its shape. */
export function batch(...args) {
  refuseInit();
  const entries = args.length > 1 ? args : args[0];
  if (typeof entries !== 'object' || entries === null) {
    throw new GoError('http.batch() takes an array or an object of requests');
  }
  const names = keys(entries);
  const responses = runAll(names.map((name) => readEntry(entries[name])));
  const result = isArray(entries) ? [] : {};
  let thrown = null;
  names.forEach((name, index) => {
    try {
      result[name] = responses[index]();
    } catch (error) {
      thrown ??= { error };
    }
  });
  if (thrown !== null) throw thrown.error;
  return result;
}

/** The jar that requests and handshakes use unless they are given another one. */
export function cookieJar() {
  if (inInit()) throw new GoError('getting cookie jars in the init context is not supported');
  return currentJar();
}

export const AUTH_BASIC = 'basic';
export const AUTH_DIGEST = 'digest';
export const AUTH_NTLM = 'ntlm';

export const SSL_3_0 = 'ssl3.0';
export const TLS_1_0 = 'tls1.0';
export const TLS_1_1 = 'tls1.1';
export const TLS_1_2 = 'tls1.2';
export const TLS_1_3 = 'tls1.3';

export const OCSP_STATUS_GOOD = 'good';
export const OCSP_STATUS_REVOKED = 'revoked';
export const OCSP_STATUS_SERVER_FAILED = 'server_failed';
export const OCSP_STATUS_UNKNOWN = 'unknown';
export const OCSP_REASON_AA_COMPROMISE = 'aa_compromise';
export const OCSP_REASON_AFFILIATION_CHANGED = 'affiliation_changed';
export const OCSP_REASON_CA_COMPROMISE = 'ca_compromise';
export const OCSP_REASON_CERTIFICATE_HOLD = 'certificate_hold';
export const OCSP_REASON_CESSATION_OF_OPERATION = 'cessation_of_operation';
export const OCSP_REASON_KEY_COMPROMISE = 'key_compromise';
export const OCSP_REASON_PRIVILEGE_WITHDRAWN = 'privilege_withdrawn';
export const OCSP_REASON_REMOVE_FROM_CRL = 'remove_from_crl';
export const OCSP_REASON_SUPERSEDED = 'superseded';
export const OCSP_REASON_UNSPECIFIED = 'unspecified';

export { CookieJar, expectedStatuses, file, setResponseCallback, url };
export default {
  AUTH_BASIC,
  AUTH_DIGEST,
  AUTH_NTLM,
  CookieJar,
  OCSP_REASON_AA_COMPROMISE,
  OCSP_REASON_AFFILIATION_CHANGED,
  OCSP_REASON_CA_COMPROMISE,
  OCSP_REASON_CERTIFICATE_HOLD,
  OCSP_REASON_CESSATION_OF_OPERATION,
  OCSP_REASON_KEY_COMPROMISE,
  OCSP_REASON_PRIVILEGE_WITHDRAWN,
  OCSP_REASON_REMOVE_FROM_CRL,
  OCSP_REASON_SUPERSEDED,
  OCSP_REASON_UNSPECIFIED,
  OCSP_STATUS_GOOD,
  OCSP_STATUS_REVOKED,
  OCSP_STATUS_SERVER_FAILED,
  OCSP_STATUS_UNKNOWN,
  SSL_3_0,
  TLS_1_0,
  TLS_1_1,
  TLS_1_2,
  TLS_1_3,
  asyncRequest,
  batch,
  cookieJar,
  del,
  expectedStatuses,
  file,
  get,
  head,
  options,
  patch,
  post,
  put,
  request,
  setResponseCallback,
  url,
};
