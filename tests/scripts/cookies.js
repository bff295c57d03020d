// Cookie jars, with handshakes of both modules.

import http, { CookieJar } from 'k6/http';
import { WebSocket } from 'k6/websockets';
import ws from 'k6/ws';

export const options = JSON.parse(__ENV.OPTIONS ?? '{}');

const { WS } = __ENV;

/** The field `Cookie` that the server has seen. */
function seenByWs(url, params) {
  let cookie;
  ws.connect(url, params, (socket) => {
    socket.on('message', (text) => {
      ({ cookie } = JSON.parse(text));
      socket.close();
    });
  });
  return `${cookie ?? null}`;
}

function seenByWebSocket(url, params) {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, [], params);
    socket.onmessage = ({ data }) => {
      resolve(`${JSON.parse(data).cookie ?? null}`);
      socket.close();
    };
    socket.onerror = () => resolve('failed');
  });
}

const print = (...values) =>
  console.log(values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(' '));

export async function storesAndSends() {
  print([
    seenByWs(`${WS}/cookies?set=a%3D1&set=b%3D2`),
    await seenByWebSocket(`${WS}/cookies?set=c%3D3%3B+Path%3D%2Fheaders`),
    await seenByWebSocket(`${WS}/cookies`),
    seenByWs(`${WS}/headers`).split('; ').sort().join('; '),
  ]);
}

export async function storesFromFailures() {
  const jar = http.cookieJar();
  ws.connect(`${WS}/status/401?set=ws%3D1%3B+Path%3D%2F`, () => {});
  print(jar.cookiesForURL(WS));
  await seenByWebSocket(`${WS}/status/401?set=standard%3D2%3B+Path%3D%2F`);
  print(Object.fromEntries(Object.entries(jar.cookiesForURL(WS)).sort().reverse()));
}

export async function headerReplaces() {
  http.cookieJar().set(WS, 'a', '1');
  const params = { headers: { cookie: 'mine=1' } };
  print(seenByWs(`${WS}/headers`, params));
  print(await seenByWebSocket(`${WS}/headers`, params));
}

export async function jarOfItsOwn() {
  http.cookieJar().set(WS, 'users', '0');
  const jar = new CookieJar();
  jar.set(WS, 'own', '1');
  print(seenByWs(`${WS}/headers`, { jar }));
  print(await seenByWebSocket(`${WS}/cookies?set=set%3D2%3B+Path%3D%2F`, { jar }));
  print(jar.cookiesForURL(WS));
  print(http.cookieJar().cookiesForURL(WS));
  print(seenByWs(`${WS}/headers`, { jar: 'none' }));
}

export function methods() {
  const jar = new http.CookieJar();
  const url = 'https://chat.example.test/room/1';
  const isSet = jar.set(url, 'a', '1');
  jar.set(url, 'b', 2, { max_age: 100, path: '/room' });
  print(isSet, jar.cookiesForURL(url));
  jar.delete(url, 'a');
  print(jar.cookiesForURL(url));
  jar.clear(url);
  print(jar.cookiesForURL(url));
  jar.set(url, 'deep', '1', { path: '/room/1' });
  print(jar.cookiesForURL('wss://chat.example.test/room/1/2'), jar.cookiesForURL('wss://chat.example.test/'));
  jar.clear(url);
  jar.set(url, 'secret', '1', { secure: true, http_only: true });
  print(jar.cookiesForURL(url), jar.cookiesForURL('http://chat.example.test/room/1'));
  jar.clear(url);
  jar.set(url, 'all', '1', { domain: 'example.test', path: '/', expires: 'Mon, 02 Jan 2096 15:04:05 GMT' });
  print(jar.cookiesForURL('http://www.example.test/'));
  jar.set(url, 'all', '', { domain: 'example.test', path: '/', max_age: -1 });
  print(jar.cookiesForURL(url));
}

export function jarsThatAreDropped() {
  for (let i = 0; i < 3000; i++) {
    new CookieJar().set(WS, 'a', '1');
    http.cookieJar().set(WS, 'b', `${i}`);
  }
  print(http.cookieJar().cookiesForURL(WS));
}

export function jarsThatAreKept() {
  const jars = [];
  for (let i = 0; i < 3000; i++) jars.push(new CookieJar());
  print(jars.length);
}

function attempt(action) {
  try {
    return action();
  } catch (error) {
    return `${error}`;
  }
}

export function wrongUse() {
  const jar = new CookieJar();
  print(attempt(() => jar.cookiesForURL('nonsense')));
  print(attempt(() => jar.set(WS, 'a b', '1')));
  print(attempt(() => jar.set(WS, 'a', '1; Domain=b.test')));
  print(attempt(() => jar.set(WS, 'a', '1', { expires: 'soon' })));
  print(attempt(() => CookieJar.prototype.clear.call({}, WS)));
}

export default function () {
  print(seenByWs(`${__ENV.URL}/cookies?set=a%3D1&set=b%3D2`));
}
