// Goes on through the death of its server until it has met that, and then some sessions that went well. It keeps
// its own books, in counters.

import { sleep } from 'k6';
import { Counter } from 'k6/metrics';
import { WebSocket } from 'k6/websockets';
import ws from 'k6/ws';

const { URL } = __ENV;

export const options = {
  scenarios: {
    classic: { executor: 'per-vu-iterations', exec: 'classic', vus: 25, maxDuration: '5m' },
    web: { executor: 'per-vu-iterations', exec: 'web', vus: 25, maxDuration: '5m' },
  },
};

const seen = {
  attempts: new Counter('my_attempts'),
  opened: new Counter('my_opened'),
  broken: new Counter('my_broken'),
  closed: new Counter('my_closed'),
  messages: new Counter('my_messages'),
};

/** How many sessions must go well after a breakage. */
const ENOUGH = 3;

/** The messages of a session that goes well. */
const MESSAGES = 10;

/** A session of k6/ws. Whether it went well. */
function talk() {
  let messages = 0;
  let broke = false;
  seen.attempts.add(1);
  const response = ws.connect(URL, null, (socket) => {
    seen.opened.add(1);
    socket.on('open', () => socket.send('x'));
    socket.on('message', () => {
      messages += 1;
      seen.messages.add(1);
      if (messages === MESSAGES) socket.close();
      else socket.send('x');
    });
    socket.on('error', () => {
      broke = true;
    });
    socket.on('close', () => seen[broke ? 'broken' : 'closed'].add(1));
  });
  return response.status === 101 && !broke;
}

/** A session of WebSocket. */
const talkLater = () =>
  new Promise((resolve) => {
    let messages = 0;
    let opened = false;
    seen.attempts.add(1);
    const socket = new WebSocket(URL);
    socket.onopen = () => {
      opened = true;
      seen.opened.add(1);
      socket.send('x');
    };
    socket.onmessage = () => {
      messages += 1;
      seen.messages.add(1);
      if (messages === MESSAGES) socket.close();
      else socket.send('x');
    };
    socket.onclose = ({ wasClean }) => {
      if (opened) seen[wasClean ? 'closed' : 'broken'].add(1);
      resolve(wasClean);
    };
  });

export function classic() {
  let broke = false;
  for (let well = 0; well < ENOUGH; ) {
    if (!talk()) {
      broke = true;
      sleep(0.02);
    } else if (broke) well += 1;
  }
}

export async function web() {
  let broke = false;
  for (let well = 0; well < ENOUGH; ) {
    if (!(await talkLater())) {
      broke = true;
      sleep(0.02);
    } else if (broke) well += 1;
  }
}
