// What a guest asks for, checked before anything is dialled; and what redirections make of it.
import { code, invalidArgument, Refusal } from '../../core/refusal.js';
import { quoted, readUrl } from '../../core/target.js';
import { isWithin } from '../jar.js';

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
  const { body, encodings, cookies } = options;
  return {
    step: {
      ...{ method, url: target, body, encodings, cookies },
      headers: given ? headers : withCredentials(headers, credentials),
    },
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

/** Statuses that lead elsewhere, and those that take no body along (RFC 9110, section 15.4). */
const ELSEWHERE = [301, 302, 303, 307, 308];
const WITHOUT_BODY = [301, 302, 303];

/** Fields about a body, which go when it goes, and those that show who the user is, which no other host must see. */
const OF_THE_BODY = ['content-type', 'content-encoding', 'content-language', 'content-location'];
const SECRETS = ['authorization', 'cookie', 'proxy-authorization'];

/** The exchange that an answer leads to, if it leads anywhere. */
export const redirected = (step, { status, headers }) => {
  const location = headers.find(({ name }) => name.toLowerCase() === 'location')?.value;
  if (!ELSEWHERE.includes(status) || location === undefined || !URL.canParse(location, step.url)) return undefined;
  const [from, to] = [new URL(step.url), new URL(location, step.url)];
  if (to.protocol !== 'http:' && to.protocol !== 'https:') return undefined;
  const { target, credentials } = parse(to.href);
  const stays = mayGo(from, to);
  const dropsBody = WITHOUT_BODY.includes(status);
  const dropped = ['host', ...(stays ? [] : SECRETS), ...(dropsBody ? OF_THE_BODY : [])];
  const kept = step.headers.filter(([name]) => !dropped.includes(name.toLowerCase()));
  const next = {
    ...step,
    url: target,
    headers: withCredentials([...kept, ...referrer(from, to, kept)], credentials),
    cookies: stays ? step.cookies : [],
  };
  if (!dropsBody) return next;
  return { ...next, method: step.method === 'HEAD' ? 'HEAD' : 'GET', body: undefined, encodings: [] };
};

/** Whether what is for one host may go to another: the same, or one below it, and not from TLS to none. */
const mayGo = (from, to) => !losesTls(from, to) && isWithin(to.hostname, from.hostname);

/** Whether a redirection leads from TLS to none. */
const losesTls = (from, to) => from.protocol === 'https:' && to.protocol !== 'https:';

/** Where the user comes from; nobody without TLS is told of a page with it (RFC 9110, section 10.1.3). */
const referrer = (from, to, headers) => {
  const isGiven = headers.some(([name]) => name.toLowerCase() === 'referer');
  if (isGiven || losesTls(from, to)) return [];
  from.hash = '';
  return [['Referer', from.href]];
};

/** Header fields with Basic authentication (RFC 7617), if the URL has user name and password. */
const withCredentials = (headers, credentials) => {
  if (!credentials) return headers;
  const others = headers.filter(([name]) => name.toLowerCase() !== 'authorization');
  return [...others, ['Authorization', `Basic ${Buffer.from(credentials).toString('base64')}`]];
};
