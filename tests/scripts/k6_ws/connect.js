// ws.connect: its arguments, what it returns, what it throws, and what the server sees of it.

import ws, { connect } from 'k6/ws';
import * as namespace from 'k6/ws';

const { WS, WSS } = __ENV;
const REFUSED = 'ws://127.0.0.1:1/';
const nothing = () => {};
const closeAtOnce = (socket) => socket.close();

/** What the call throws, or what it returns. */
function attempt(action) {
  try {
    return JSON.stringify(action());
  } catch (error) {
    return `${error}`;
  }
}

export function returnsTheResponse() {
  const response = ws.connect(`${WS}/protocol?a=b`, null, closeAtOnce);
  console.log(Object.keys(response).sort().join());
  console.log(response.url === `${WS}/protocol?a=b`, response.status);
  console.log(response.headers.Upgrade, response.headers['Sec-Websocket-Accept'].length);
  console.log(JSON.stringify([response.body, response.error]));
}

export function connectsOverTls() {
  console.log(ws.connect(`${WSS}/echo`, closeAtOnce).status);
}

export function importShapes() {
  console.log(connect === ws.connect, connect === namespace.connect, ws === namespace.default);
}

export function wrongNumberOfArguments() {
  console.log(attempt(() => ws.connect(WS)));
  console.log(attempt(() => ws.connect()));
  console.log(attempt(() => ws.connect(WS, {}, closeAtOnce, 1)));
}

export function callbackIsNoFunction() {
  console.log(attempt(() => ws.connect(WS, {})));
  console.log(attempt(() => ws.connect(WS, {}, null)));
}

export function tagsOfWrongTypes() {
  console.log(attempt(() => ws.connect(WS, { tags: { a: {} } }, closeAtOnce)));
  console.log(attempt(() => ws.connect(WS, { tags: { b: null } }, closeAtOnce)));
}

export function compressionNames() {
  for (const compression of ['gzip', 'deflate, gzip', 'deflate, deflate', 'deflate, ', null]) {
    console.log(attempt(() => ws.connect(`${WS}/echo`, { compression }, closeAtOnce)));
  }
  for (const compression of ['', '  ', undefined]) {
    console.log(ws.connect(`${WS}/echo`, { compression }, closeAtOnce).status);
  }
}

export function paramsThatAreNoParams() {
  for (const params of [null, undefined, {}, { nope: 1 }, { headers: null, tags: undefined }]) {
    console.log(ws.connect(`${WS}/echo`, params, closeAtOnce).status);
  }
}

export function badUrls() {
  for (const url of ['INVALID', 'http://127.0.0.1/', 'ws://u:p@127.0.0.1/', 'ws://', '']) {
    console.log(attempt(() => ws.connect(url, nothing)));
  }
}

export function statusOfTheServer() {
  const response = ws.connect(`${WS}/status/404`, nothing);
  console.log(JSON.stringify([response.url, response.status, response.body, response.error]));
  console.log(response.headers['Content-Type']);
}

export function okIsNoUpgrade() {
  const response = ws.connect(`${WS}/not-websocket`, nothing);
  console.log(response.status, JSON.stringify(response.body), JSON.stringify(response.error));
}

export function redirectsAreNotFollowed() {
  console.log(ws.connect(`${WS}/status/302`, nothing).status);
}

export function refusedConnection() {
  console.log(JSON.stringify(ws.connect(REFUSED, nothing)));
}

export function unknownHost() {
  console.log(ws.connect('ws://nowhere.invalid/', nothing).error);
}

export function throwsOnFailure() {
  for (const url of ['INVALID', REFUSED, `${WS}/status/500`]) {
    console.log(attempt(() => ws.connect(url, nothing)));
  }
}

export function failureNeverCallsTheCallback() {
  const log = [];
  ws.connect(REFUSED, (socket) => {
    log.push('callback');
    socket.on('error', () => log.push('error'));
    socket.on('close', () => log.push('close'));
  });
  console.log(log.length);
}

export function nativeErrors() {
  try {
    ws.connect(WS);
  } catch (error) {
    console.log(error.name, error.message, error instanceof Error, typeof error.stack, error.value.error());
  }
}

/** Prints the request's header fields that the server has seen. */
function seen(params, ...names) {
  ws.connect(`${WS}/headers`, params, (socket) => {
    socket.on('message', (text) => {
      const fields = JSON.parse(text);
      console.log(JSON.stringify(names.map((name) => fields[name] ?? null)));
      socket.close();
    });
  });
}

export function sendsHeaders() {
  seen({ headers: { 'X-Lorem': 'ipsum', 'x-NUMBER': 1 } }, 'x-lorem', 'x-number', 'origin');
  seen({ headers: { 'x-twice': 'a', 'X-Twice': 'b' } }, 'x-twice');
  seen({ headers: { Host: 'else.where' } }, 'host');
  seen({}, 'sec-websocket-version', 'upgrade', 'connection', 'sec-websocket-extensions');
}

export function sendsItsUserAgent() {
  seen({}, 'user-agent');
  seen({ headers: { 'User-Agent': 'mine' } }, 'user-agent');
}

export function requestsSubprotocols() {
  const params = { headers: { 'Sec-WebSocket-Protocol': 'unsupported, one, two' } };
  const response = ws.connect(`${WS}/protocol`, params, closeAtOnce);
  console.log(response.headers['Sec-Websocket-Protocol']);
}

export function forbiddenHeaders() {
  for (const name of ['Upgrade', 'connection', 'SEC-WEBSOCKET-KEY', 'Sec-WebSocket-Version', 'sec-websocket-extensions']) {
    console.log(ws.connect(`${WS}/echo`, { headers: { [name]: 'x' } }, nothing).error);
  }
}
