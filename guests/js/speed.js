// Messages as fast as they go: `make bench-guests` counts them.
import { connect, env, log } from './wasock.js';

const text = 'x'.repeat(64);

const connection = () => connect(env('URL', 'ws://echo.example/echo'));

/** Sends a message, and sends it again each time it has come back. */
export const pingPong = async () => {
  const socket = await connection();
  socket.send(text);
  for await (const { tag } of socket) if (tag === 'text') socket.send(text);
  socket.drop();
};

/** Takes what the server sends. */
export const flood = async () => {
  const socket = await connection();
  let messages = 0;
  for await (const { tag } of socket) if (tag === 'text') messages += 1;
  socket.drop();
  log(`${messages} messages`);
};
