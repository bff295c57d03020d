// The WebSocket class: its states, its events, and the ways a connection ends.

import { WebSocket } from 'k6/websockets';
import { thrown } from '../thrown.js';

const { WS } = __ENV;
const REFUSED = 'ws://127.0.0.1:1/';
const TYPES = ['open', 'message', 'ping', 'pong', 'error', 'close'];

const details = {
  message: ({ data }) => ` ${data}`,
  error: ({ error }) => ` ${error}`,
  close: ({ code, reason, wasClean }) => ` ${code} ${JSON.stringify(reason)} ${wasClean}`,
};

/** Logs each event of a socket: its type, the socket's state, and its details. */
function observe(socket) {
  for (const type of TYPES) {
    socket.addEventListener(type, (event) => {
      console.log(`${event.type}@${socket.readyState}${details[type]?.(event) ?? ''}`);
    });
  }
  return socket;
}

/** The events of a connection to which one message is sent. */
function ending(path) {
  const socket = observe(new WebSocket(`${WS}${path}`));
  socket.addEventListener('open', () => socket.send('go'));
}

export const serverClosesWith1000 = () => ending('/close?code=1000&reason=done');
export const serverClosesWith1001 = () => ending('/close?code=1001&reason=closed%20by%20server');
export const serverClosesWith1011 = () => ending('/close?code=1011&reason=oops');
export const serverClosesWith4321 = () => ending('/close?code=4321');
export const serverClosesWithoutCode = () => ending('/close');
export const serverDrops = () => ending('/drop');
export const serverResets = () => ending('/reset');
export const serverBreaksTheProtocol = () => ending('/garbage');
export const serverPushes = () => ending('/push?n=2&size=3');
export const serverPings = () => {
  const socket = observe(new WebSocket(`${WS}/ping?n=2`));
  let pings = 0;
  socket.onping = () => {
    pings += 1;
    if (pings === 2) socket.close();
  };
};

/** Lets a socket do something when it is open. */
function opened(action, path = '/echo') {
  const socket = observe(new WebSocket(`${WS}${path}`));
  socket.onopen = () => action(socket);
}

export const closesWithoutCode = () => opened((socket) => socket.close());
export const closesWith1000 = () => opened((socket) => socket.close(1000));
export const closesWith3456 = () => opened((socket) => socket.close(3456, 'why'));
export const closesWithAReasonOnly = () => opened((socket) => socket.close(undefined, 'because'));
export const closesTwice = () => {
  opened((socket) => {
    socket.close(4001);
    console.log(socket.readyState);
    socket.close(4002);
  });
};
export const sendsBeforeItCloses = () => {
  opened((socket) => {
    socket.send('one');
    socket.send('two');
    socket.close();
    socket.send('three');
  });
};
export const pongAnswersPing = () => {
  opened((socket) => {
    socket.onpong = () => socket.close();
    socket.ping();
  });
};

export function refusedCloses() {
  opened((socket) => {
    for (const code of [0, 1001, 1006, 999, 2999, 5000, 65536 + 1000, NaN, null]) {
      console.log(thrown(() => socket.close(code)).replace(/^.*must be/, '').slice(-20));
    }
    console.log(thrown(() => socket.close(1001)));
    console.log(thrown(() => socket.close(1000, 'x'.repeat(124))));
    console.log(thrown(() => socket.close(1000, 'é'.repeat(62))));
    console.log(socket.readyState);
    socket.close(1000, 'é'.repeat(61) + 'x');
  });
}

export function uncaughtRefusedClose() {
  opened((socket) => socket.close(1001));
}

export function states() {
  const socket = new WebSocket(`${WS}/echo`);
  const seen = [socket.readyState];
  socket.onopen = () => {
    seen.push(socket.readyState);
    socket.close();
    seen.push(socket.readyState);
  };
  socket.onclose = () => {
    seen.push(socket.readyState);
    socket.close();
    console.log(seen.join());
  };
}

export const connectionRefused = () => observe(new WebSocket(REFUSED));
export const badHandshake = () => observe(new WebSocket(`${WS}/status/500`));
export const notAWebSocket = () => observe(new WebSocket(`${WS}/not-websocket`));
export const unknownHost = () => observe(new WebSocket('ws://nowhere.invalid/'));
export const failureThatNobodyHears = () => {
  new WebSocket(REFUSED);
  console.log('went on');
};

export function closesWhileConnecting() {
  const socket = observe(new WebSocket(`${WS}/echo`));
  socket.close();
  console.log(socket.readyState);
}

export function closesWhileConnectingToNobody() {
  const socket = observe(new WebSocket(REFUSED));
  socket.close(3000, 'never sent');
}

export function stateInASwitch() {
  const socket = new WebSocket(`${WS}/echo`);
  try {
    switch (socket.readyState) {
      case 0:
        console.log('connecting');
        break;
      default:
        throw new Error(`state ${socket.readyState}`);
    }
  } finally {
    socket.close();
  }
}

export function messagesAfterCloseAreDropped() {
  const socket = new WebSocket(`${WS}/push?n=50`);
  let received = 0;
  socket.onmessage = () => {
    received += 1;
    socket.close();
  };
  socket.onclose = ({ code }) => console.log(received, code);
}

export function fourAtOnce() {
  const log = [];
  let open = 4;
  for (let i = 0; i < 4; i++) {
    const socket = new WebSocket(`${WS}/echo`);
    socket.onopen = () => socket.send(`message ${i}`);
    socket.onmessage = ({ data }) => {
      log.push(data);
      socket.close();
    };
    socket.onclose = () => {
      open -= 1;
      if (open === 0) console.log(log.sort().join());
    };
  }
}

export function twoTalking() {
  const url = `${WS}/ws/crocochat/${Date.now()}-${Math.random()}/`;
  const sockets = [];
  const heard = [];
  const join = (name, opened) => {
    const socket = new WebSocket(url);
    sockets.push(socket);
    socket.onmessage = ({ data }) => {
      const { user, message } = JSON.parse(data);
      heard.push(`${name} hears ${user}: ${message}`);
      if (heard.length === 2) for (const one of sockets) one.close();
    };
    socket.onopen = () => {
      socket.send(JSON.stringify({ event: 'SET_NAME', new_name: name }));
      opened(socket);
    };
  };
  join('first', () => {
    join('second', (second) => second.send(JSON.stringify({ event: 'SAY', message: 'hello' })));
  });
  sockets[0].onclose = () => console.log(heard.sort().join());
}

/** Sixty connections; when all are open, a handler of one throws. */
export function throwsWithManyOpen() {
  let open = 0;
  let closed = 0;
  for (let i = 0; i < 60; i++) {
    const socket = new WebSocket(`${WS}/echo`);
    socket.onopen = () => {
      open += 1;
      if (open === 60) throw 'enough';
    };
    socket.onclose = ({ code }) => {
      if (code === 1000) closed += 1;
      if (closed === 60) console.log('all closed with 1000');
    };
  }
}

export function connectsAgainAfterTheEnd() {
  const connect = (left) => {
    const socket = new WebSocket(`${WS}/close?code=1000&now=1`);
    socket.onclose = () => {
      console.log(left);
      if (left > 0) connect(left - 1);
    };
  };
  connect(2);
}

export async function awaitsItsEvents() {
  const socket = new WebSocket(`${WS}/echo`);
  const next = (type) => new Promise((resolve) => socket.addEventListener(type, resolve, { once: true }));
  await next('open');
  socket.send('one');
  console.log((await next('message')).data);
  socket.send('two');
  console.log((await next('message')).data);
  socket.close(1000);
  console.log((await next('close')).code);
}

export function promisesRunBetweenEvents() {
  const socket = new WebSocket(`${WS}/push?n=3&size=1`);
  socket.onmessage = ({ data }) => {
    Promise.resolve().then(() => console.log(`then ${data}`));
    console.log(`event ${data}`);
  };
}
