// One legacy session: sends a time, pings on an interval, leaves after a moment.
import ws from 'k6/ws';
import { check } from 'k6';

export default function () {
  var url = 'ws://echo.example';
  var params = { tags: { kind: 'echo' } };

  var response = ws.connect(url, params, function (socket) {
    socket.on('open', function open() {
      console.log('open');
      socket.send(Date.now());
      socket.setInterval(function tick() {
        socket.ping();
        console.log('ping sent');
      }, 50);
    });
    socket.on('ping', function () {
      console.log('ping');
    });
    socket.on('pong', function () {
      console.log('pong, first handler');
    });
    socket.on('pong', function () {
      console.log('pong, second handler');
    });
    socket.on('message', function (message) {
      console.log(`echo of a time: ${Math.abs(Date.now() - Number(message)) < 60000}`);
    });
    socket.on('close', function (code) {
      console.log(`close ${code}`);
    });
    socket.on('error', function (e) {
      if (e.error() != 'websocket: close sent') {
        console.error(`error: ${e.error()}`);
      }
    });
    socket.setTimeout(function () {
      console.log('leaving');
      socket.close();
    }, 220);
  });

  check(response, { 'status is 101': (r) => r && r.status === 101 });
}
