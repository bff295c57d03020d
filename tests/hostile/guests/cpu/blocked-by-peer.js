import http from 'k6/http';

/** Waits for an answer that takes longer than the test. */
export default function () {
  http.get(`${__ENV.WS.replace('ws', 'http')}/http/echo?delay=60000`, { timeout: '10m' });
}
