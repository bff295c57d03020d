// Logs in over HTTP, then opens a WebSocket with the token that it got.
//
//     wasock run --serve examples/login.js
//
// `--serve` starts the test server, which takes any user with the password "swamp".

import { check, fail } from 'k6';
import http from 'k6/http';
import { WebSocket } from 'k6/websockets';

const HTTP = __ENV.HTTP || 'http://chat.example';
const WS = __ENV.WS || 'ws://chat.example';

export const options = {
  vus: 2,
  iterations: 2,
  thresholds: {
    checks: ['rate==1'],
    'http_req_duration{name:login}': ['p(95)<500'],
    ws_connect_errors: ['count==0'],
  },
};

function login(user) {
  const body = JSON.stringify({ user, password: 'swamp' });
  const response = http.post(`${HTTP}/http/login`, body, {
    headers: { 'Content-Type': 'application/json' },
    tags: { name: 'login' },
  });
  const ok = check(response, {
    'logged in': (r) => r.status === 200,
    'has a token': (r) => typeof r.json('token') === 'string',
  });
  return ok ? response.json('token') : fail(`no token: ${response.status} ${response.error}`);
}

export default function () {
  const token = login(`user-${__VU}`);
  const socket = new WebSocket(`${WS}/private`, null, {
    headers: { Authorization: `Bearer ${token}` },
    tags: { name: 'private' },
  });
  socket.onmessage = (event) => {
    check(event.data, { 'the server knows the token': (data) => data.includes(token) });
    socket.close();
  };
}
