// k6/http: what is measured.

import http from 'k6/http';
import { group } from 'k6';

const HTTP = __ENV.WS.replace('ws:', 'http:');

export function tagged() {
  group('page', () => {
    http.get(http.url`${HTTP}/http/echo?id=${7}`, { tags: { kind: 'a' } });
    http.post(`${HTTP}/http/redirect?status=307`, 'x');
    http.get(`${HTTP}/http/status/404`);
  });
}

export function expected() {
  const get = (status, params) => http.get(`${HTTP}/http/status/${status}`, params);
  get(404, { responseCallback: http.expectedStatuses(404, { min: 500, max: 599 }) });
  get(500, { responseCallback: http.expectedStatuses(404, { min: 500, max: 599 }) });
  get(404, { responseCallback: null });
  http.setResponseCallback(http.expectedStatuses(201));
  get(200);
  http.setResponseCallback(null);
  get(201);
  const url = HTTP.replace('//', '//crocodile:swamp@');
  http.get(`${url}/http/digest-auth`, { auth: 'digest', responseCallback: http.expectedStatuses(200) });
}
