// Has the options of __ENV.OPTIONS, and shows which are in force.
import exec from 'k6/execution';
import { sleep } from 'k6';
import ws from 'k6/ws';

export const options = JSON.parse(__ENV.OPTIONS || '{}');

export function setup() {
  console.log('setup');
}

/** Says which user runs which iteration, and takes as long as __ENV.PAUSE says in seconds. */
export default function () {
  console.log(`user ${__VU} iteration ${__ITER} of ${exec.scenario.name}`);
  sleep(Number(__ENV.PAUSE || 0));
}

/** Says what the server of __ENV.URL received in the header User-Agent. */
export function userAgent() {
  const response = ws.connect(__ENV.URL || `${__ENV.WS}/headers`, (socket) => {
    socket.on('message', (headers) => {
      console.log(JSON.parse(headers)['user-agent']);
      socket.close();
    });
  });
  if (response.error) console.error(response.error);
}

/** Says what is in some variables. */
export function variables() {
  console.log(__ENV.ONE, __ENV.TWO, __ENV.THREE);
}

export function teardown() {
  console.log('teardown');
}
