import http from 'k6/http';

/** Begins requests that take long, until it is told to stop. */
export default async function () {
  const requests = [];
  for (let i = 0; i < 2_000; i++) {
    requests.push(http.asyncRequest('GET', `${__ENV.WS.replace('ws', 'http')}/http/echo?delay=30000`));
  }
  await Promise.all(requests);
}
