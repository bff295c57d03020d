// What scripts ask of k6/http, read into what the host takes.

import { jarHandle } from 'wasock:cookies';
import { toMillis } from 'wasock:duration';
import { GoError } from 'wasock:errors';
import { readBody } from 'wasock:http-body';
import { defaultExpected, readExpected } from 'wasock:http-statuses';
import { isFiniteNumber, keys, max, min, trunc } from 'wasock:primordials';
import { runtimeOptions, throwsOnFailure } from 'wasock:runtime-options';
import { toTags } from 'wasock:tags';

const RESPONSE_TYPES = ['text', 'binary', 'none'];
const ENCODINGS = ['gzip', 'deflate', 'br', 'zstd'];
const CONTENT_TYPE = 'content-type';
/** More than the host follows. */
const MOST_REDIRECTS = 1_000_000;

const { Number: toNumberValue, String: toStringValue } = globalThis;

/** A URL with a name for its samples, as the template tag `http.url` makes it. */
export class NamedUrl {
  constructor(name, url) {
    this.name = name;
    this.url = url;
  }

  toString() {
    return this.url;
  }
}

/** A URL whose samples have the template as their name, so that its values make no series. */
export function url(strings, ...values) {
  if (typeof strings === 'string') return new NamedUrl(strings, strings);
  const text = strings.reduce((before, part, index) => `${before}${values[index - 1]}${part}`);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how k6 shows the places of values
  return new NamedUrl(strings.join('${}'), text);
}

function readHeaders(given) {
  if (typeof given !== 'object' || given === null) return [];
  return keys(given).map((name) => [name, toStringValue(given[name])]);
}

function readCookies(given) {
  if (typeof given !== 'object' || given === null) return [];
  return keys(given).map((name) => {
    const cookie = given[name];
    if (typeof cookie !== 'object' || cookie === null) return [name, toStringValue(cookie), false];
    return [name, toStringValue(cookie.value ?? ''), Boolean(cookie.replace)];
  });
}

function readEncodings(given) {
  if (given === undefined || given === null) return [];
  const names = toStringValue(given).split(',');
  return names
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => {
      if (ENCODINGS.includes(name)) return name;
      throw new GoError(
        `unknown compression algorithm ${name}, supported algorithms are ${ENCODINGS.join(', ')}`,
      );
    });
}

function readResponseType(given) {
  if (given === undefined || given === null) {
    return runtimeOptions().discardResponseBodies === true ? 'none' : 'text';
  }
  const type = toStringValue(given);
  if (RESPONSE_TYPES.includes(type)) return type;
  throw new GoError(`invalid responseType '${type}', expected ${RESPONSE_TYPES.join(', ')}`);
}

function readAuthentication(given) {
  switch (given) {
    case undefined:
    case null:
    case '':
      return undefined;
    case 'basic':
    case 'digest':
      return given;
    case 'ntlm':
      throw new GoError("the authentication 'ntlm' is not supported; 'basic' and 'digest' are");
    default:
      throw new GoError(
        `unknown authentication '${toStringValue(given)}', expected basic or digest`,
      );
  }
}

function readTimeout(given) {
  if (given === undefined || given === null) return undefined;
  const millis = toMillis(given);
  if (Number.isNaN(millis)) {
    throw new GoError(
      `invalid timeout '${toStringValue(given)}': it is neither a number of milliseconds nor a duration such as '10s'`,
    );
  }
  return millis;
}

function readRedirects(given) {
  if (given === undefined || given === null) return undefined;
  const number = trunc(toNumberValue(given));
  if (!isFiniteNumber(number)) {
    throw new GoError(`invalid redirects '${toStringValue(given)}': it is no number`);
  }
  return min(max(number, 0), MOST_REDIRECTS);
}

/** The tags of the samples; the name comes from the URL if the tags have none. */
function readTags(given, name) {
  const tags = toTags(given, 'invalid http tags: ') ?? [];
  if (name !== undefined && tags.every((tag) => tag[0] !== 'name')) tags.push(['name', name]);
  return tags;
}

const isObject = (value) => typeof value === 'object' && value !== null;

/**
 * Reads a request: `options` is for the host, the rest for the response. Throws if something cannot be
 * meant.
 */
export function readRequest(method, target, givenBody, givenParams) {
  const params = isObject(givenParams) ? givenParams : {};
  const isNamed = isObject(target) && 'name' in target && 'url' in target;
  const text = toStringValue(isNamed ? target.url : target);
  const body = readBody(givenBody);
  const headers = readHeaders(params.headers);
  const hasType = headers.some(([name]) => name.toLowerCase() === CONTENT_TYPE);
  if (body?.type !== undefined && !hasType) headers.push(['Content-Type', body.type]);
  const responseType = readResponseType(params.responseType);
  const redirects = readRedirects(params.redirects);
  const cookies = readCookies(params.cookies);
  const expects = params.responseCallback === undefined;
  return {
    responseType,
    redirects,
    throws: params.throw === undefined ? throwsOnFailure() : Boolean(params.throw),
    bodyText: body === null ? () => '' : body.text,
    cookies,
    options: {
      method: toStringValue(method).toUpperCase(),
      url: text,
      headers,
      body: body === null ? undefined : body.bytes,
      cookies,
      encodings: readEncodings(params.compression),
      timeout: readTimeout(params.timeout),
      redirects,
      authentication: readAuthentication(params.auth),
      discardBody: responseType === 'none',
      tags: readTags(params.tags, isNamed ? toStringValue(target.name) : undefined),
      expected: expects ? defaultExpected() : readExpected(params.responseCallback),
      jar: jarHandle(params.jar),
    },
  };
}
