// k6/ws: which events come, in which order, with what.

import { sleep } from 'k6';
import ws from 'k6/ws';

const { WS } = __ENV;

const describe = (value) => {
  if (typeof value?.error !== 'function') return JSON.stringify(value);
  const details = value.code === undefined ? '' : ` [${value.code} ${JSON.stringify(value.text)}]`;
  return `${value.error()}${details}`;
};

/** Logs each event of a socket with its arguments. */
function observe(socket) {
  for (const name of ['open', 'message', 'binaryMessage', 'ping', 'pong', 'error', 'close']) {
    socket.on(name, (...args) => console.log([name, ...args.map(describe)].join(' ')));
  }
}

/** The events of a connection that `prepare` gets. */
function connection(path, prepare = () => {}) {
  const response = ws.connect(`${WS}${path}`, (socket) => {
    observe(socket);
    prepare(socket);
  });
  console.log(`returned ${response.status}`);
}

/** The events of a connection to which one message is sent. */
const ending = (path) =>
  connection(path, (socket) => socket.on('open', () => socket.send('go')));

export const serverClosesWith1000 = () => ending('/close?code=1000&reason=done');
export const serverClosesWith1001 = () => ending('/close?code=1001');
export const serverClosesWith1011 = () => ending('/close?code=1011&reason=oops');
export const serverClosesWith4321 = () => ending('/close?code=4321&reason=mine');
export const serverClosesWithoutCode = () => ending('/close');
export const serverClosesAtOnce = () => connection('/close?code=1000&now=1');
export const sendsToAServerThatHasClosed = () =>
  connection('/close?code=1000&now=1', (socket) =>
    socket.on('open', () => {
      sleep(0.3);
      socket.send('last words');
    }),
  );
export const serverDrops = () => ending('/drop');
export const serverResets = () => ending('/reset');
export const serverBreaksTheProtocol = () => ending('/garbage');
export const serverPushes = () => connection('/push?n=3&size=4');

/** What a client sees that acts in its callback, and in `open`. */
function client({ inCallback = () => {}, inOpen = () => {}, path = '/echo' }) {
  ws.connect(`${WS}${path}`, (socket) => {
    observe(socket);
    socket.on('open', () => inOpen(socket));
    inCallback(socket);
  });
  console.log('returned');
}

export const clientCloses = () => client({ inOpen: (socket) => socket.close() });
export const clientClosesWith = () => client({ inOpen: (socket) => socket.close(Number(__ENV.CODE)) });
export const clientClosesInTheCallback = () => client({ inCallback: (socket) => socket.close() });
export const clientClosesTwice = () => {
  client({
    inOpen(socket) {
      socket.close(1000);
      socket.close(4000);
    },
  });
};
export const clientNeedsNoAnswerToItsClose = () =>
  client({ path: '/silent', inOpen: (socket) => socket.close() });
export const clientSendsAfterClose = () => {
  client({
    inOpen(socket) {
      socket.close();
      socket.send('late');
      socket.sendBinary(new ArrayBuffer(1));
      socket.ping();
      console.log('went on');
    },
  });
};
export const clientSendsInTheCallback = () => {
  client({
    inCallback(socket) {
      socket.send('early');
      socket.on('message', () => socket.close());
    },
  });
};

export function closeRunsItsHandlersAtOnce() {
  ws.connect(`${WS}/echo`, (socket) => {
    socket.on('close', (code) => console.log(`close ${code}`));
    socket.on('open', () => {
      console.log('before');
      socket.close(3000);
      console.log('after');
    });
  });
}

export function handlersRunInTheirOrder() {
  ws.connect(`${WS}/echo`, (socket) => {
    console.log(`${socket.on('open', () => console.log('first'))}`);
    socket.on('open', () => console.log('second'));
    socket.on('open', function () {
      console.log(`third ${this}`);
      socket.on('open', () => console.log('too late'));
      socket.close();
    });
    socket.on('nonsense', () => console.log('never'));
    socket.on('open', 'not a function');
  });
}

export function sameHandlerTwice() {
  let calls = 0;
  const handler = () => {
    calls += 1;
  };
  ws.connect(`${WS}/echo`, (socket) => {
    socket.on('open', handler);
    socket.on('open', handler);
    socket.on('open', () => socket.close());
  });
  console.log(calls);
}

export function theSocketHasSevenMethods() {
  ws.connect(`${WS}/echo`, function (socket) {
    console.log(Object.keys(socket).sort().join());
    console.log(`${this} ${arguments.length} ${typeof socket.readyState}`);
    const { close } = socket;
    close();
  });
}

export function serverPings() {
  client({
    path: '/ping?n=2',
    inOpen(socket) {
      let pings = 0;
      socket.on('ping', () => {
        pings += 1;
        if (pings === 2) socket.close();
      });
    },
  });
}

/** What `connect` throws when a socket's handler throws. */
function thrown(path, prepare) {
  try {
    ws.connect(`${WS}${path}`, (socket) => {
      socket.on('close', (code) => console.log(`close ${code}`));
      prepare(socket);
    });
    console.log('returned');
  } catch (error) {
    console.log(`caught ${error}`);
  }
}

const fail = (what) => () => {
  throw new RangeError(what);
};

export const exceptionInTheCallback = () => thrown('/echo', fail('callback'));
export const exceptionInOpen = () => thrown('/echo', (socket) => socket.on('open', fail('open')));
export const exceptionInMessage = () =>
  thrown('/push?n=1', (socket) => socket.on('message', fail('message')));
export const exceptionInPing = () => thrown('/ping?n=1', (socket) => socket.on('ping', fail('ping')));
export const exceptionInTimeout = () =>
  thrown('/echo', (socket) => socket.setTimeout(fail('timeout'), 1));
export const exceptionInInterval = () =>
  thrown('/echo', (socket) => socket.setInterval(fail('interval'), 1));
export const exceptionInError = () =>
  thrown('/close?code=1011&now=1', (socket) => socket.on('error', fail('error')));
export const exceptionInClose = () => {
  thrown('/echo', (socket) => {
    socket.on('close', fail('close'));
    socket.on('open', () => socket.close());
  });
};
export const exceptionSkipsLaterHandlers = () => {
  thrown('/echo', (socket) => {
    socket.on('open', fail('first'));
    socket.on('open', () => console.log('second'));
  });
};

export function uncaught() {
  ws.connect(`${WS}/echo`, (socket) => socket.on('open', () => undefinedName()));
  console.log('never');
}

export function socketsCanBeNested() {
  ws.connect(`${WS}/echo`, (outer) => {
    outer.on('message', (outerText) => {
      ws.connect(`${WS}/echo`, (inner) => {
        inner.on('open', () => inner.send(`${outerText} inner`));
        inner.on('message', (text) => {
          console.log(text);
          inner.close();
        });
      });
      console.log('outer goes on');
      outer.close();
    });
    outer.on('open', () => outer.send('outer'));
  });
}

export function promisesAndGlobalTimersRunMeanwhile() {
  ws.connect(`${WS}/echo`, (socket) => {
    socket.on('open', async () => {
      console.log('handler');
      await null;
      console.log('continued');
      setTimeout(() => {
        console.log('timer');
        socket.close();
      }, 1);
    });
  });
  console.log('returned');
}
