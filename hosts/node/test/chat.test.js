// The test that each language has: users who meet in a chat room.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { run } from 'wasock-host';

import { cache, guests, serve } from './server.js';

const server = await serve();
const CHECKS = ['connected', 'is a chat message', 'is what was sent', 'left the room', 'speaks chat.v1'];

for (const { language, component } of guests()) {
  test(`the guest in ${language} chats, and all its checks pass`, async () => {
    const lines = [];
    const env = { WSS: server.ws, STAY: '400', PAUSE: '60' };
    const log = ({ line }) => lines.push(line);
    const { failures, checks, metrics } = await run(component, { cache, network: 'all', env, log, iterations: 2 });
    assert.deepEqual(failures, []);
    assert.deepEqual(lines, ['the swamp is empty']);
    assert.deepEqual(Object.keys(checks).sort(), CHECKS);
    for (const [name, { passes, fails }] of Object.entries(checks)) assert.ok(passes >= 2 && fails === 0, name);
    // Besides the chat's messages there is the echo of each iteration.
    assert.equal(metrics.ws_msgs_received.count, checks['is a chat message'].passes + 2);
    assert.equal(metrics.ws_sessions.count, 4);
    assert.equal(metrics.iterations.count, 2);
    assert.equal(metrics.ws_ping.count, metrics.chat_pongs.count);
  });
}
