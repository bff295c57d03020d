// What a guest asks for, checked before anything is dialled; and what redirections make of it.
import { code, invalidArgument, Refusal } from '../../core/refusal.js';
import { quoted, readUrl } from '../../core/target.js';

/** How long all exchanges of a request may take together, in nanoseconds, and how many redirections are followed. */
const TIMEOUT = 60_000_000_000n;
const REDIRECTS = 10;

/** The most redirections, whatever is asked for. */
const MOST_REDIRECTS = 1000;

/** The longest body, of a request and of an answer, in bytes; of an answer also when it is decoded. */
export const MAX_BODY = 64 << 20;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const NO_VALUE = /[\0-\x08\x0a-\x1f\x7f]/;

/** Fields that say how a message is carried: that is the host's business. */
const OF_THE_CONNECTION = ['content-length', 'transfer-encoding', 'connection', 'upgrade', 'te'];

const CODINGS = ['gzip', 'deflate', 'br', 'zstd'];

/** Checks a request; its first exchange is in `step`. */
export const planOf = (method, url, options) => {
  if (!TOKEN.test(method) || method === 'CONNECT') throw invalidArgument(`${quoted(method)} is no method of a request`);
  const { target, credentials } = parse(url);
  const headers = checkedHeaders(options.headers);
  for (const coding of options.encodings) {
    if (!CODINGS.includes(coding)) throw invalidArgument(`the coding ${quoted(coding)} is not known`);
  }
  if (options.authentication === 'digest') {
    throw new Refusal(code('other', 'this host does not authenticate by digest'));
  }
  const given = headers.some(([name]) => name.toLowerCase() === 'authorization');
  if (credentials && !given) headers.push(['Authorization', `Basic ${Buffer.from(credentials).toString('base64')}`]);
  return {
    step: { method, url: target, headers, body: options.body, encodings: options.encodings },
    cookies: options.cookies,
    deadline: options.timeout ?? TIMEOUT,
    redirects: Math.min(options.redirects ?? REDIRECTS, MOST_REDIRECTS),
    discardBody: options.discardBody,
  };
};

/** An `http` or `https` URL; user name and password are taken out of it. */
const parse = (given) => {
  let url;
  try {
    url = readUrl(given);
  } catch ({ message }) {
    throw invalidArgument(message);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    const scheme = quoted(url.protocol.slice(0, -1));
    throw invalidArgument(`the URL ${quoted(given)} has the scheme ${scheme} instead of http or https`);
  }
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const credentials =
    username || password ? `${decodeURIComponent(username)}:${decodeURIComponent(password)}` : undefined;
  return { target: credentials ? url.href : given, credentials };
};

const checkedHeaders = (given) => {
  for (const { name, value } of given) {
    if (!TOKEN.test(name)) throw invalidArgument(`the header name ${quoted(name)} is malformed`);
    if (NO_VALUE.test(value)) throw invalidArgument(`the value of the header ${name} is malformed`);
  }
  const ofGuest = given.filter(({ name }) => !OF_THE_CONNECTION.includes(name.toLowerCase()));
  return ofGuest.map(({ name, value }) => [name, value]);
};

/** Statuses that lead elsewhere, and those that change what is asked for there (RFC 9110, section 15.4). */
const ELSEWHERE = [301, 302, 303, 307, 308];
const AS_GET = [301, 302, 303];

/** The exchange that an answer leads to, if it leads anywhere. */
export const redirected = (step, { status, headers }) => {
  const location = headers.find(({ name }) => name.toLowerCase() === 'location')?.value;
  if (!ELSEWHERE.includes(status) || location === undefined || !URL.canParse(location, step.url)) return undefined;
  const url = new URL(location, step.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  const sameHost = url.host === new URL(step.url).host;
  const asGet = AS_GET.includes(status) && step.method !== 'GET' && step.method !== 'HEAD';
  const dropped = [...(sameHost ? [] : ['authorization', 'host', 'cookie']), ...(asGet ? ['content-type'] : [])];
  const kept = step.headers.filter(([name]) => !dropped.includes(name.toLowerCase()));
  const next = { ...step, url: url.href, headers: kept };
  return asGet ? { ...next, method: 'GET', body: undefined, encodings: [] } : next;
};
