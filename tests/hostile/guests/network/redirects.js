import http from 'k6/http';

/** Lets a server that is granted lead it to one that is not. */
export default function () {
  const to = encodeURIComponent(`http://evil.test/`);
  const response = http.get(`${__ENV.WS.replace('ws', 'http')}/http/redirect?to=${to}`);
  console.log(response.status, response.error);
}
