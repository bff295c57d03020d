// wasock/round-trips: replies and the messages they belong to.

import { sleep } from 'k6';
import ws from 'k6/ws';
import { WebSocket } from 'k6/websockets';
import { RoundTrips } from 'wasock/round-trips';

const { WS, CASE } = __ENV;

const trips = new RoundTrips();
const orders = new RoundTrips({ metric: 'order_rtt', tags: { kind: 'order' } });
const hasty = new RoundTrips({ metric: 'hasty_rtt', timeout: '50ms' });

/** How long the script does nothing else, in milliseconds. */
const BUSY = 300;

function beBusy() {
  const end = Date.now() + BUSY;
  while (Date.now() < end);
}

/** A connection that `opened` sends on, and that ends after this many replies. */
function session(path, replies, opened, replied) {
  const socket = new WebSocket(`${WS}${path}`);
  let left = replies;
  socket.onopen = () => opened(socket);
  socket.onmessage = (event) => {
    replied(event);
    left -= 1;
    if (left === 0) socket.close(1000);
  };
}

const CASES = {
  busy() {
    let began;
    const opened = (socket) => {
      began = Date.now();
      socket.send('x');
      trips.sent(socket);
      beBusy();
    };
    session('/echo', 1, opened, (event) => {
      const own = Date.now() - began;
      console.log(own >= BUSY, trips.received(event) < BUSY / 2);
    });
  },

  busyInWs() {
    let began;
    ws.connect(`${WS}/echo`, (socket) => {
      socket.on('open', () => {
        began = Date.now();
        socket.send('x');
        trips.sent(socket);
        beBusy();
      });
      socket.on('message', () => {
        const own = Date.now() - began;
        console.log(own >= BUSY, trips.received(socket) < BUSY / 2);
        socket.close();
      });
    });
  },

  inOrder() {
    const opened = (socket) => {
      for (let i = 0; i < 5; i++) {
        socket.send(`${i}`);
        trips.sent(socket);
      }
    };
    session('/echo', 5, opened, (event) => trips.received(event));
  },

  byKey() {
    const opened = (socket) => {
      socket.send('no reply to this one counts');
      socket.send('1');
      trips.sent(socket, 1);
      socket.send('a');
      trips.sent(socket, 'a');
      socket.send('1');
      trips.sent(socket, '1');
    };
    session('/echo?delay=20', 4, opened, (event) => {
      const elapsed = trips.received(event, event.data);
      console.log(event.data, elapsed === undefined ? 'none' : elapsed >= 20);
    });
  },

  bySocket() {
    const socket = new WebSocket(`${WS}/echo`);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      socket.send(new Uint8Array(3));
      trips.sent(socket);
    };
    socket.onmessage = () => {
      trips.received(socket);
      socket.close();
    };
  },

  binaryInWs() {
    ws.connect(`${WS}/echo?delay=30`, (socket) => {
      socket.on('open', () => {
        socket.sendBinary(new ArrayBuffer(3));
        trips.sent(socket);
      });
      socket.on('binaryMessage', () => {
        console.log(trips.received(socket) >= 30);
        socket.close();
      });
    });
  },

  own() {
    const opened = (socket) => {
      socket.send('x');
      orders.sent(socket);
    };
    session('/echo', 1, opened, (event) => {
      console.log(trips.received(event), orders.received(event) > 0);
    });
  },

  late() {
    const opened = (socket) => {
      socket.send('x');
      console.log(hasty.sent(socket));
    };
    session('/echo?delay=100', 1, opened, (event) => console.log(hasty.received(event)));
  },

  inTimeButHandledLate() {
    const opened = (socket) => {
      socket.send('x');
      hasty.sent(socket);
      sleep(0.2);
    };
    session('/echo', 1, opened, (event) => console.log(hasty.received(event) < 50));
  },

  repliesThatNeverCome() {
    ws.connect(`${WS}/silent`, (socket) => {
      socket.on('open', () => {
        for (const text of ['a', 'b', 'c']) {
          socket.send(text);
          orders.sent(socket, text);
        }
        socket.close();
      });
    });
  },

  interrupted() {
    const socket = new WebSocket(`${WS}/silent`);
    socket.onopen = () => {
      socket.send('x');
      trips.sent(socket);
    };
  },

  throws() {
    const socket = new WebSocket(`${WS}/silent`, null, { closeTimeout: 100 });
    socket.onopen = () => {
      socket.send('x');
      trips.sent(socket);
      throw new Error('no');
    };
  },

  breaksDown() {
    const socket = new WebSocket(`${WS}/silent`);
    socket.onopen = () => {
      socket.send('x');
      trips.sent(socket);
      JSON.parse('['.repeat(200_000));
    };
  },

  repliedAndClosedAtOnce() {
    // The room answers what is no event of its own, and closes on the other.
    const socket = new WebSocket(`${WS}/ws/crocochat/swamp/`);
    socket.onopen = () => {
      socket.send('x');
      trips.sent(socket);
      socket.send('{"event":"LEAVE"}');
      sleep(0.3);
    };
    socket.onmessage = (event) => trips.received(event);
  },

  notSent() {
    const socket = new WebSocket(`${WS}/echo`);
    console.log(trips.sent(socket));
    socket.onopen = () => {
      console.log(trips.sent(socket));
      socket.close();
      socket.send('x');
      console.log(trips.sent(socket));
    };
    socket.onclose = () => {
      console.log(trips.sent(socket), trips.received(socket));
    };
  },

  mistakes() {
    const tell = (action) => {
      try {
        console.log(action());
      } catch (error) {
        console.log(`${error.name}: ${error.message}`);
      }
    };
    tell(() => new RoundTrips());
    tell(() => new RoundTrips({ name: 'x' }));
    tell(() => new RoundTrips({ timeout: 'soon' }));
    tell(() => trips.sent({}));
    tell(() => trips.received(new MessageEvent('message')));
    tell(() => trips.received('x'));
    const opened = (socket) => {
      socket.send('x');
      tell(() => trips.sent(socket, {}));
      tell(() => trips.sent(socket, 'k'.repeat(2000)));
    };
    session('/echo', 1, opened, (event) => tell(() => trips.received(event)));
  },
};

export const options = {
  scenarios: {
    default: {
      executor: 'per-vu-iterations',
      maxDuration: __ENV.MAX_DURATION ?? '15s',
      gracefulStop: '0s',
    },
  },
};

export default () => CASES[CASE]();
