// Guests in headless Chromium.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';

import { guests, root, serve as serveSockets, untilSomebodyTalks } from '../../node/test/server.js';
import { serve } from '../tool/serve.js';
import { site } from '../tool/site.js';
import { Browser } from './chromium.js';
import { transcript } from './transcript.js';

const server = await serveSockets();
const browser = await Browser.start();
after(() => browser.close());

/** The page of a guest, for as long as the test takes. */
const page = async (t, component) => {
  const { url, close } = await serve(await site(component), 0);
  t.after(close);
  return url;
};

const client = async () => (await readFile(`${root}guests/transcripts/client.txt`, 'utf8')).trimEnd().split('\n');
const differences = JSON.parse(await readFile(new URL('differences.json', import.meta.url), 'utf8'));

test('each line that differs in a browser is listed with its reason', async () => {
  const lines = await client();
  for (const { line, expected, here, reason } of differences) {
    assert.equal(lines[line - 1], expected);
    assert.notEqual(here, expected);
    assert.match(reason, /^A page .*\.$/);
  }
});

for (const { language, component } of guests()) {
  test(`the guest in ${language} finds the facts that there are in a browser`, async (t) => {
    const expected = await client();
    for (const { line, here } of differences) expected[line - 1] = here;
    await browser.open(await page(t, component));
    assert.deepEqual(await browser.evaluate(transcript, server.ws), expected);
  });
}

/** Waits until the page has come to this state. */
const untilState = (wanted) =>
  browser.evaluate((state) => {
    const element = document.getElementById('state');
    return new Promise((resolve) => {
      const look = () => element.dataset.state === state && resolve(element.textContent);
      new MutationObserver(look).observe(element, { attributes: true });
      look();
    });
  }, wanted);

const textOf = (id) => browser.evaluate((name) => document.getElementById(name).textContent, id);

const query = (env) =>
  Object.entries(env)
    .map(([name, value]) => `&e=${encodeURIComponent(`${name}=${value}`)}`)
    .join('');

test('the page runs a guest, and shows its console and what it measured', async (t) => {
  const [{ component }] = guests();
  const url = await page(t, component);
  await browser.open(`${url}?run=1${query({ WSS: server.ws, STAY: 300, PAUSE: 60 })}`);
  assert.equal(await untilState('ended'), 'Ended');
  assert.equal(await textOf('console'), 'the swamp is empty');
  const measured = await textOf('measured');
  for (const check of ['connected', 'is a chat message', 'is what was sent', 'left the room', 'speaks chat.v1']) {
    assert.match(measured, new RegExp(`^✓ ${check}$`, 'm'));
  }
  assert.match(measured, /^checks\.+: 100\.00% /m);
  assert.deepEqual(browser.complaints, []);
});

test('the page asks a guest to finish, and runs it again', async (t) => {
  const [{ component }] = guests();
  const url = await page(t, component);
  await browser.open(`${url}?run=1${query({ WSS: server.ws, STAY: 600_000, PAUSE: 30 })}`);
  await untilState('running');
  await untilSomebodyTalks(server);
  await browser.evaluate(() => document.getElementById('stop').click());
  assert.equal(await untilState('failed'), 'Interrupted');
  assert.equal(await textOf('console'), 'the swamp is empty');
  await browser.evaluate(() => {
    document.getElementById('env').value = 'WSS=ws://127.0.0.1:1';
    document.getElementById('run').click();
  });
  assert.equal(await untilState('failed'), 'Failed');
  assert.match(await textOf('console'), /cannot connect to ws:\/\/127\.0\.0\.1:1\/protocol/);
});

/** Runs in the page: what a socket refuses, and what becomes of one that is never read. */
const limits = async (ws) => {
  const { Client, clientImports } = await import('wasock-host/core/client.js');
  const { Suspending } = await import('wasock-host/core/waiter.js');
  const { Connector, now } = await import('/src/connector.js');
  const waiter = new Suspending(now, () => new Promise((resolve) => setTimeout(resolve)));
  const connector = new Connector({ network: 'all' });
  const client = new Client({ connector, waiter, now, isInterrupted: () => false });
  const imports = clientImports(client);
  const { Socket } = imports['wasock:websocket/sockets'];
  const queue = new imports['wasock:websocket/events'].EventQueue();
  const how = (options) => ({ headers: [], protocols: [], ...options });
  const refusal = (call) => {
    try {
      call();
      return 'ok';
    } catch ({ payload: { tag, val } }) {
      return `${tag}: ${val}`;
    }
  };
  const socket = new Socket(queue);
  const told = [
    refusal(() => socket.connect(`${ws}/echo`, how({ headers: [{ name: 'X-A', value: 'b' }] }))),
    refusal(() => socket.connect(`${ws}/echo`, how({ pingInterval: 1000n }))),
    refusal(() => socket.connect(`${ws}/echo`, how())),
  ];
  await queue.wait(1, undefined);
  told.push(
    refusal(() => socket.close(1001, '')),
    socket.state(),
    refusal(() => socket.close(3000, '')),
  );
  const [{ val }] = await queue.wait(1, undefined);
  told.push(`${val.code} ${val.wasClean}`);
  const unread = new Socket(queue);
  unread.connect(`${ws}/push?n=1000000&size=10`, how());
  while (unread.state() !== 'closed') await queue.wait(0, 20_000_000n);
  const events = await queue.wait(1_000_000, undefined);
  const { failure } = events.at(-1).val;
  told.push(`${failure.code.tag}: ${failure.code.val}`);
  return told;
};

test('what a browser cannot do is told', async (t) => {
  const [{ component }] = guests();
  await browser.open(await page(t, component));
  assert.deepEqual(await browser.evaluate(limits, server.ws), [
    'other: a browser does not let header fields of a handshake be set',
    'other: a browser sends no pings at an interval',
    'ok',
    'invalid-argument: a browser closes with 1000 or 3000 to 4999, and not with 1001',
    'open',
    'ok',
    '3000 true',
    'limit-reached: the limit of 81920 events or 68157440 bytes that wait, since a browser cannot stop reading, is reached',
  ]);
});
