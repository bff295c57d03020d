// k6/http: requests that fail. The URL is in __ENV.URL, the params in __ENV.PARAMS.

import http from 'k6/http';

const params = JSON.parse(__ENV.PARAMS || '{}');
const url = (__ENV.URL || '').replace('HTTPS', __ENV.WSS?.replace('wss:', 'https:')).replace('HTTP', __ENV.WS?.replace('ws:', 'http:'));

export const options = JSON.parse(__ENV.OPTIONS || '{}');

export default function () {
  try {
    const response = http.request(__ENV.METHOD || 'GET', url, null, params);
    const size = response.body === null ? null : response.body.length;
    console.log(JSON.stringify([response.status, response.error_code, response.error, size]));
  } catch (error) {
    console.log(`${error.name}: ${error.message}`);
  }
}
