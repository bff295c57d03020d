import http from 'k6/http';

/** Follows redirections without end. */
export default function () {
  const response = http.get(`${__ENV.WS.replace('ws', 'http')}/http/redirect?n=1000000`, { redirects: 2 ** 31 });
  console.log(response.status);
}
