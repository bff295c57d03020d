// What hosts have to measure of requests. CASE names one of the functions.
import http from 'k6/http';

const server = __ENV.WSS.replace('ws', 'http');
const at = (path) => `${server}/http${path}`;

const cases = {
  answered() {
    http.get(at('/echo'));
    http.post(at('/echo'), 'snap');
  },
  unexpected() {
    http.get(at('/status/404'));
    http.get(at('/status/404'), { responseCallback: http.expectedStatuses({ min: 400, max: 404 }) });
    http.get(at('/status/200'), { responseCallback: http.expectedStatuses(201, 404) });
    http.get(at('/status/500'), { responseCallback: null });
  },
  redirected() {
    http.get(at('/redirect?n=2&to=/http/status/204'));
    http.get(at('/redirect?n=3&to=/http/status/204'), { redirects: 1 });
  },
  authenticated() {
    http.get(at('/basic-auth?user=croc&password=swamp').replace('//', '//croc:swamp@'));
    http.get(at('/basic-auth?user=croc&password=swamp'));
  },
  unanswered() {
    http.get('http://127.0.0.1:9/');
    http.get(at('/drop'));
    http.get(at('/echo?delay=60000'), { timeout: '50ms' });
  },
  refused() {
    http.get('nonsense');
  },
  together() {
    http.batch([at('/echo'), at('/status/204'), 'http://127.0.0.1:9/']);
  },
  compressed() {
    http.get(at('/gzip?size=1000'));
    http.post(at('/echo'), 'snap', { compression: 'gzip' });
  },
};

export default () => cases[__ENV.CASE]();
