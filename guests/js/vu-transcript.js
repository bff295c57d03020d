// Calls of every kind that the world `vu` has besides, with a line for each fact: guests/transcripts/ has the lines.
import { current, Jar } from 'wasock:websocket/cookies@0.1.0';
import { randomBytes, unixTime } from 'wasock:websocket/environment@0.1.0';
import * as execution from 'wasock:websocket/execution@0.1.0';
import { read } from 'wasock:websocket/files@0.1.0';
import { Request, wait } from 'wasock:websocket/http@0.1.0';
import { add, declare, Meter, measureRequest } from 'wasock:websocket/metrics@0.1.0';
import * as roundTrips from 'wasock:websocket/round-trips@0.1.0';
import { get as secret } from 'wasock:websocket/secrets@0.1.0';
import { Draft, find } from 'wasock:websocket/shared-data@0.1.0';
import { Socket } from 'wasock:websocket/sockets@0.1.0';
import * as summary from 'wasock:websocket/summary@0.1.0';
import * as tags from 'wasock:websocket/tags@0.1.0';
import { now } from 'wasock:websocket/timers@0.1.0';
import { base, begin, connect, errorText, event, queue, refused, result, sendText, yes } from './transcript.js';
import { check, env, log, millis } from './wasock.js';

const httpUrl = (path, user = '') =>
  path.includes('://') ? path : base.replace(/^ws(s?):\/\//, `http$1://${user}`) + path;

const plain = { headers: [], body: undefined, encodings: [], cookies: [], discardBody: false };

const request = () => {
  const request = new Request(queue);
  const url = httpUrl('/http/status/418');
  const start = (what, method, url, options) =>
    result(what, () => request.start(method, url, { ...plain, ...options }, undefined));
  start('request of a wrong method', 'a b', url);
  start('request of nonsense', 'GET', 'nonsense');
  start('request by ws', 'GET', 'ws://a.test/');
  start('request with a wrong header', 'GET', url, { headers: [{ name: 'a b', value: 'a b' }] });
  measureRequest(request, [], undefined);
  start('request', 'GET', url);
  start('request again', 'GET', url);
  event();
  log(`status ${request.take().answer.val.status}`);
  log(`taken again: ${yes(request.take() !== undefined)}`);
};

const outcomeLine = ({ tag, val }) => {
  if (tag === 'err') return `failed ${val.number} "${val.kind}" ${errorText(val.code)}`;
  const { statusText, version, body, cookies, tooManyRedirects } = val;
  const tooMany = tooManyRedirects ? ' too many redirects' : '';
  return `answered "${statusText}" ${version} body ${body.length} cookies ${cookies.length}${tooMany}`;
};

/** Makes a request that no queue tells of, and writes what came of it. */
const exchange = (path, options, user) => {
  const request = new Request(undefined);
  result(path, () => request.start('GET', httpUrl(path, user), { ...plain, ...options }, undefined));
  wait([request]);
  log(outcomeLine(request.take().answer));
};

const exchanges = () => {
  exchange('/http/redirect?to=/http/status/418');
  exchange('/http/redirect?to=/http/status/418&n=2', { redirects: 1 });
  exchange('/http/bytes?size=5');
  exchange('/http/bytes?size=5', { discardBody: true });
  exchange('/http/status/200?set=a%3D1');
  exchange('/http/basic-auth?user=a&password=b');
  exchange('/http/basic-auth?user=a&password=b', {}, 'a:b@');
  exchange('/http/drop');
  exchange('/http/echo?delay=60000', { timeout: millis(50) });
  exchange('http://blocked.test/');
  exchange('http://nobody.invalid/');
  exchange('http://127.0.0.1:1/');
};

const jarLines = (what, jar, url) => {
  try {
    const cookies = jar.cookies(url);
    log(`${what}: ${cookies.length}`);
    for (const [name, value] of cookies) log(`cookie ${name}=${value}`);
  } catch (error) {
    refused(what, error);
  }
};

const cookies = () => {
  const jar = new Jar();
  const none = { secure: false, httpOnly: false };
  result('set', () => jar.set('ws://a.test/', 'a', 'b', none));
  result('set for nonsense', () => jar.set('nonsense', 'a', 'b', none));
  jarLines('cookies', jar, 'ws://a.test/');
  const fields = ['c=d; Secure', 'e=f; Path=/deep', 'g=h; Domain=b.test'];
  result('store', () => jar.store('wss://a.test/', fields));
  result('store for nonsense', () => jar.store('nonsense', fields));
  jarLines('cookies below a path', jar, 'ws://a.test/deep/');
  jarLines('cookies by TLS', jar, 'wss://a.test/');
  jarLines('cookies for nonsense', jar, 'nonsense');
  result('remove', () => jar.remove('ws://a.test/', 'a'));
  result('remove for nonsense', () => jar.remove('nonsense', undefined));
  jarLines('cookies after that', jar, 'ws://a.test/');
  jarLines('cookies of the user', current(), 'ws://a.test/');
};

const measuring = () => {
  const numbers = [];
  const declared = (what, name, kind, contents) => result(what, () => numbers.push(declare(name, kind, contents)));
  declared('declare', 'transcript', 'counter', 'default');
  declared('declare again', 'transcript', 'counter', 'default');
  log(`the same: ${yes(numbers[0] === numbers[1])}`);
  declared('declare as another', 'transcript', 'trend', 'default');
  declared('declare with other contents', 'transcript', 'counter', 'data');
  declared('declare a wrong name', 'a b', 'trend', 'default');
  declared('declare a gauge', 'transcript_gauge', 'gauge', 'data');
  declared('declare a rate', 'transcript_rate', 'rate', 'default');
  declared('declare a trend', 'transcript_trend', 'trend', 'time');
  add(numbers[0], 3, []);
  check('transcript', true);
};

const tagLine = (what, all, wanted) => {
  const tag = all.find(({ name }) => name === wanted);
  log(tag ? `${what} ${tag.name}=${tag.value}` : `no ${what} ${wanted}`);
};

const tagging = () => {
  tags.set('language', 'any');
  tagLine('tag', tags.all(), 'language');
  tags.remove('language');
  tagLine('tag', tags.all(), 'language');
  tags.setMetadata('trace', 'any');
  tagLine('metadata', tags.allMetadata(), 'trace');
  tags.removeMetadata('trace');
  tagLine('metadata', tags.allMetadata(), 'trace');
};

const trips = () => {
  let kind;
  result('round trips', () => (kind = roundTrips.declare(undefined, [], undefined)));
  result('round trips of a wrong name', () => roundTrips.declare('a b', [], undefined));
  const socket = new Socket(queue);
  const meter = new Meter(socket, 'websockets', []);
  const waits = () => log(`sent, and waits for a reply: ${yes(roundTrips.sent(meter, kind, 'a'))}`);
  const reply = (what, key) => log(`${what}: ${yes(roundTrips.received(meter, kind, key, now()) !== undefined)}`);
  connect('connect', socket, `${base}/echo`);
  event();
  sendText('send-text', socket, 'a');
  result('sent with a long key', () => roundTrips.sent(meter, kind, 'k'.repeat(1025)));
  waits();
  event();
  reply('replied to another', 'b');
  reply('replied', 'a');
  reply('replied again', 'a');
  socket.abort();
  event();
  sendText('send-text', socket, 'a');
  meter.sentLate();
  waits();
  meter.refused('nonsense', { tag: 'invalid-state' });
  meter[Symbol.dispose]();
  socket[Symbol.dispose]();
};

const sharing = () => {
  const found = find('transcript');
  log(`find: ${found.tag}`);
  result('find while it is made', () => find('transcript'));
  result('append', () => found.val.append(['a', 'b']));
  Draft.finish(found.val);
  const again = find('transcript');
  log(`find again: ${again.tag}`);
  log(`length ${again.val.length()}`);
  for (const index of [1, 2]) log(`element ${index}: ${again.val.element(index) ?? 'none'}`);
};

const values = () => {
  log(`summary: ${summary.text(false, []) === undefined ? 'none' : 'some'}`);
  for (const contents of ['default', 'time', 'data']) log(`value ${summary.value(1234.5, contents, undefined)}`);
  for (const unit of ['s', 'ms', 'us']) log(`value in ${unit} ${summary.value(1234.5, 'time', unit)}`);
  log(`share ${summary.share(0.5)}`);
};

const surroundings = () => {
  log(`variable ${env('NAME', 'missing')}`);
  log(`random-bytes ${randomBytes(16).length}`);
  log(`unix-time is of this century: ${yes(unixTime() / 1_000_000_000n > 1_600_000_000n)}`);
  const { vu, scenario, instance, options, interrupted } = execution;
  log(`vu ${vu().idInTest} iteration ${vu().iterationInInstance}`);
  log(`scenario ${scenario().name} ${scenario().executor}`);
  const { vusActive, vusInitialized, iterationsCompleted } = instance();
  log(`instance: ${vusActive} of ${vusInitialized} at work, ${iterationsCompleted} iterations`);
  log(`options are an object: ${yes(options().startsWith('{'))}`);
  result('secret', () => secret(undefined, 'key'));
  result('secret of a source', () => secret('vault', 'key'));
  result('read', () => read('http://a.test/', 'file:///test.js'));
  log(`interrupted: ${yes(interrupted())}`);
};

/** Calls that the world `vu` has besides. */
export const vuTranscript = () => {
  begin();
  request();
  exchanges();
  cookies();
  measuring();
  tagging();
  trips();
  sharing();
  values();
  surroundings();
};
