// The browser's WebSocket: one user, one connection, ten messages there and back.
//
//   wasock run --serve examples/echo.js
import { check } from 'k6';
import { WebSocket } from 'k6/websockets';
import { Trend } from 'k6/metrics';

const roundTrip = new Trend('round_trip', true);

export default function () {
  const socket = new WebSocket('ws://echo.example/echo');
  let sent = 0;
  let at = 0;

  const send = () => {
    sent += 1;
    at = performance.now();
    socket.send(`message ${sent}`);
  };

  socket.onopen = send;
  socket.onmessage = (event) => {
    roundTrip.add(performance.now() - at);
    check(event.data, { 'is what was sent': (data) => data === `message ${sent}` });
    if (sent < 10) send();
    else socket.close(1000, 'done');
  };
  socket.onclose = (event) => {
    check(event, { 'closed cleanly': (e) => e.wasClean && e.code === 1000 });
  };
}
