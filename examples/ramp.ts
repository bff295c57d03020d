// TypeScript, a ramp of users, data from setup, and criteria that decide whether the test passes.
//
//   wasock run --serve examples/ramp.ts
import { check, sleep } from 'k6';
import ws, { type Socket } from 'k6/ws';

interface Plan {
  room: string;
  lines: string[];
}

export const options = {
  stages: [
    { duration: '3s', target: 20 },
    { duration: '3s', target: 20 },
    { duration: '2s', target: 0 },
  ],
  thresholds: {
    'ws_msgs_received': ['count>100'],
    'ws_session_duration{kind:chat}': ['p(95)<5000'],
  },
};

export function setup(): Plan {
  return { room: 'delta', lines: ['hello', 'anyone here?', 'bye'] };
}

export default function (plan: Plan): void {
  const url = `ws://chat.example/ws/crocochat/${plan.room}/`;
  const response = ws.connect(url, { tags: { kind: 'chat' } }, (socket: Socket) => {
    socket.on('open', () => {
      socket.send(JSON.stringify({ event: 'SET_NAME', new_name: `Croc ${__VU}` }));
      for (const message of plan.lines) {
        socket.send(JSON.stringify({ event: 'SAY', message }));
      }
    });
    socket.setTimeout(() => socket.close(), 500);
  });
  check(response, { 'connected': (r) => r.status === 101 });
  sleep(0.2);
}

export function teardown(plan: Plan): void {
  console.log(`everyone has left ${plan.room}`);
}
