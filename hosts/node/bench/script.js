// The same as bench.c, as a script of k6 for `wasock compile`. See docs/hosts.md.
import ws from 'k6/ws';

const base = __ENV.WS || 'ws://127.0.0.1:8765';
const count = Number(__ENV.COUNT || 10000);
const text = 'x'.repeat(64);

/** Sends 64 bytes, and again when they come back. */
export default function () {
  let left = count;
  ws.connect(`${base}/echo`, {}, (socket) => {
    const next = () => {
      left -= 1;
      if (left >= 0) socket.send(text);
      else socket.close(1000);
    };
    socket.on('open', next);
    socket.on('message', next);
  });
}

/** Takes messages that the server sends as fast as they are taken. */
export function flood() {
  ws.connect(`${base}/push?n=${count}&size=64`, {}, (socket) => {
    socket.on('message', () => {});
  });
}
