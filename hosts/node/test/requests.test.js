// Requests without a guest: by TLS, and what goes along where an answer leads elsewhere.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { redirected } from '../src/http/plan.js';
import { httpOf } from '../src/http/request.js';
import { makeGuest, next } from './guest.js';
import { serve } from './server.js';

const server = await serve();

const NONE = { headers: [], encodings: [], cookies: [], discardBody: false };

/** The outcome of a request. */
const ask = async (url, given, options) => {
  const guest = makeGuest(options);
  const queue = new guest.EventQueue();
  const { imports } = httpOf(guest.client);
  const request = new imports.Request(queue);
  request.start('GET', url, { ...NONE, ...given }, undefined);
  assert.equal((await next(queue)).tag, 'completed');
  return request.take();
};

const textOf = ({ answer: { val } }) => new TextDecoder().decode(val.body);

test('a request by https goes by TLS', async () => {
  const url = `${server.wss.replace('wss', 'https')}/http/echo`;
  const { answer, tls, timings } = await ask(url, {}, { tls: { ca: server.certificate } });
  assert.equal(answer.tag, 'ok', JSON.stringify(answer.val.text));
  assert.match(tls.version, /^tls1\.[23]$/);
  assert.ok(timings.tlsHandshaking > 0n && timings.blocked >= timings.connecting + timings.tlsHandshaking);
  const { answer: refused } = await ask(url, {});
  assert.equal(refused.val.code.tag, 'tls');
});

test('what the user has for one host is not sent to another', async () => {
  const given = {
    headers: [{ name: 'Authorization', value: 'Bearer secret' }],
    cookies: [{ name: 'c', value: 'secret', replace: false }],
  };
  const [, port] = server.address.split(':');
  const lead = (host) => `http://${server.address}/http/redirect?to=${encodeURIComponent(`http://${host}/http/echo`)}`;
  assert.match(textOf(await ask(lead(server.address), given)), /Bearer secret.*c=secret|c=secret.*Bearer secret/s);
  const { sent, ...elsewhere } = await ask(lead(`localhost:${port}`), given);
  assert.doesNotMatch(textOf(elsewhere), /secret/);
  assert.deepEqual([sent.url, sent.cookies], [`http://localhost:${port}/http/echo`, []]);
});

/** The exchange that an answer leads to. */
const led = (status, location, given = {}) => {
  const headers = [
    ['Content-Type', 'text/plain'],
    ['Authorization', 'Bearer token'],
    ['Host', 'virtual.test'],
    ['X-Own', '1'],
  ];
  const cookies = [{ name: 'a', value: '1', replace: false }];
  const step = { method: 'POST', url: 'http://a.test/x', headers, body: 'body', encodings: [], cookies, ...given };
  return redirected(step, { status, headers: [{ name: 'location', value: location }] });
};

const namesOf = ({ headers }) => headers.map(([name]) => name);

test('the status decides about method and body', () => {
  for (const [method, status, expected, body] of [
    ['POST', 301, 'GET', undefined],
    ['PUT', 302, 'GET', undefined],
    ['DELETE', 303, 'GET', undefined],
    ['HEAD', 302, 'HEAD', undefined],
    ['POST', 307, 'POST', 'body'],
    ['PUT', 308, 'PUT', 'body'],
  ]) {
    const found = led(status, '/y', { method });
    assert.deepEqual([found.method, found.body, found.url], [expected, body, 'http://a.test/y']);
    assert.equal(namesOf(found).includes('Content-Type'), body !== undefined);
  }
  assert.equal(led(304, '/y'), undefined);
  assert.equal(led(302, 'ftp://a.test/'), undefined);
});

test('secrets stay with their host, and what is above it', () => {
  for (const [url, location, stays] of [
    ['http://a.test/', '/other', true],
    ['http://a.test/', 'http://a.test:8080/', true],
    ['http://a.test/', 'http://deep.a.test/', true],
    ['http://a.test/', 'http://nota.test/', false],
    ['http://deep.a.test/', 'http://a.test/', false],
    ['https://a.test/', 'http://a.test/', false],
    ['http://127.0.0.1/', 'http://127.0.0.2/', false],
  ]) {
    const found = led(302, location, { url });
    const names = namesOf(found);
    assert.deepEqual([names.includes('Authorization'), found.cookies.length > 0], [stays, stays], location);
    assert.deepEqual([names.includes('Host'), names.includes('X-Own')], [false, true], location);
  }
});

test('a server is told where the user comes from, unless that is a secret', () => {
  const told = (url, location) => led(302, location, { url }).headers.find(([name]) => name === 'Referer')?.[1];
  assert.equal(told('http://a.test/x#y', '/z'), 'http://a.test/x');
  assert.equal(told('https://a.test/x', 'http://b.test/'), undefined);
  const { url, headers } = led(302, 'http://croc:swamp@b.test/');
  assert.equal(url, 'http://b.test/');
  assert.deepEqual(
    headers.filter(([name]) => name === 'Authorization'),
    [['Authorization', `Basic ${btoa('croc:swamp')}`]],
  );
});

/** What a meter hears of a request to a server that answers after a minute, which `end` ends. */
const measured = async (end) => {
  const guest = makeGuest();
  const http = httpOf(guest.client);
  const heard = [];
  const request = new http.imports.Request(undefined);
  request.observe({ ended: (timings, status) => heard.push([timings, status]) });
  request.start('GET', `http://${server.address}/http/echo?delay=60000`, NONE, undefined);
  // Another one goes the same way behind it.
  await ask(`http://${server.address}/http/echo`, {});
  end(request, http);
  assert.equal(heard.length, 1);
  return heard[0];
};

test('a request that is given up counts once, with the time that it took', async () => {
  for (const end of [(request) => request.giveUp(), (_, http) => http.leave()]) {
    const [timings, status] = await measured(end);
    assert.equal(status, undefined);
    assert.ok(
      timings.waiting > 0n && timings.receiving === 0n,
      JSON.stringify(timings, (_, value) => String(value)),
    );
  }
});
