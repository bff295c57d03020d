// The test server of wasock, as the tests use it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

import WebSocket from 'ws';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The command, which `make build` makes. */
export const wasock = `${root}target/release/wasock`;

/** Starts `wasock serve`, and ends it with the tests of the file. */
export const serve = async () => {
  const args = ['serve', '--port', '0', '--tls-port', '0', '--json', '--quiet'];
  const server = spawn(wasock, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(server.stdout), 'line');
  after(async () => {
    const ended = once(server, 'exit');
    server.kill('SIGINT');
    await ended;
  });
  const { address, tls_address, certificate } = JSON.parse(line);
  return { ws: `ws://${address}`, wss: `wss://${tls_address}`, address, certificate };
};

/** Waits until somebody talks in the chat room of the guests. */
export const untilSomebodyTalks = async ({ ws }) => {
  const socket = new WebSocket(`${ws}/ws/crocochat/swamp/`);
  await once(socket, 'message');
  socket.terminate();
};

/** The guests to test: `GUESTS` names the languages. */
export const guests = () => {
  const languages = (process.env.GUESTS ?? 'c rust js python go').split(' ');
  return languages.map((language) => ({ language, component: `${root}target/guests/${language}.wasm` }));
};

/** Where the JavaScript is kept that tests make of components. */
export const cache = `${root}target/hosts/cache`;
