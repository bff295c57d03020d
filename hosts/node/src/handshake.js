// The opening handshake, from the client's side (RFC 6455, sections 4.1 and 4.2.2). Node speaks the HTTP of it; the
// class WebSocket of ws has an opinion on which subprotocol a server may choose, and keeps the answer to itself.
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';

import { extension, PerMessageDeflate } from 'ws';

import { HANDSHAKE_HEAD, REFUSAL_BODY, REFUSAL_BODY_WAIT } from '../core/limits.js';
import { code } from '../core/refusal.js';
import { quoted } from '../core/target.js';
import { splitUnix } from './dial.js';
import { Failure, handshakeError } from './failure.js';

/** What a key is hashed with (RFC 6455, section 1.3). */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const DEFLATE = 'permessage-deflate';

/**
 * Asks the server at the other end of a stream for a WebSocket.
 *
 * @returns {Promise<{ handshake: object, head: Buffer, deflate: object | undefined }>}
 */
export const shakeHands = (stream, target, userAgent) =>
  new Promise((resolve, reject) => {
    const key = randomBytes(16).toString('base64');
    const deflate = target.deflate && offer(target);
    const asked = request({
      createConnection: () => stream,
      path: resourceOf(target),
      headers: fieldsOf(target, key, deflate, userAgent),
      setHost: false,
      maxHeaderSize: HANDSHAKE_HEAD,
    });
    const refuse = (reason, answer) => {
      asked.on('error', () => {});
      reject(new Failure(code('bad-handshake', reason), answer));
    };
    asked.on('error', (error) => reject(new Failure(handshakeError(error, HANDSHAKE_HEAD))));
    asked.on('upgrade', (answer, _stream, head) => {
      const handshake = handshakeOf(answer);
      try {
        resolve({ handshake, head, deflate: verify(handshake, key, deflate) });
      } catch ({ message }) {
        refuse(message, { ...handshake, protocol: '', extensions: '' });
      }
    });
    // An answer of 101 that is no upgrade comes like one of 100.
    asked.on('information', (answer) => {
      if (answer.statusCode !== 101) return;
      const handshake = { ...handshakeOf(answer), protocol: '', extensions: '' };
      const missing = hasToken(handshake, 'upgrade', 'websocket') ? 'Connection' : 'Upgrade';
      const token = missing === 'Upgrade' ? 'websocket' : 'upgrade';
      refuse(`the answer's ${missing} header does not say ${token}`, handshake);
    });
    asked.on('response', async (answer) => {
      const handshake = { ...handshakeOf(answer), protocol: '', extensions: '', body: await beginning(answer) };
      refuse(`the server answered with status ${answer.statusCode}`, handshake);
    });
    asked.end();
  });

const resourceOf = ({ url }) => {
  const parsed = new URL(url);
  return parsed.protocol === 'ws+unix:' ? splitUnix(parsed).resource : parsed.pathname + parsed.search;
};

/** Names and values in turn: the same name may stand several times. */
const fieldsOf = ({ url, headers, protocols }, key, deflate, userAgent) => {
  const given = (name) => headers.some((header) => header.name.toLowerCase() === name);
  const { protocol, host } = new URL(url);
  return [
    ...(given('host') ? [] : ['Host', protocol === 'ws+unix:' ? 'localhost' : host]),
    ...(given('user-agent') ? [] : ['User-Agent', userAgent]),
    ...['Connection', 'Upgrade', 'Upgrade', 'websocket'],
    ...['Sec-WebSocket-Key', key, 'Sec-WebSocket-Version', '13'],
    ...(protocols.length > 0 ? ['Sec-WebSocket-Protocol', protocols.join(', ')] : []),
    ...(deflate ? ['Sec-WebSocket-Extensions', extension.format({ [DEFLATE]: deflate.offer() })] : []),
    // Node writes bytes of Latin-1: those of UTF-8 stay what they are.
    ...headers.flatMap(({ name, value }) => [name, Buffer.from(value).toString('latin1')]),
  ];
};

const offer = ({ deflate, maxMessageSize }) =>
  new PerMessageDeflate({
    isServer: false,
    maxPayload: maxMessageSize,
    threshold: 0,
    serverNoContextTakeover: deflate.serverNoContextTakeover,
    // What is false ws would forbid the server, which may choose it (RFC 7692, section 7.1.1.2).
    clientNoContextTakeover: deflate.clientNoContextTakeover || undefined,
    serverMaxWindowBits: deflate.serverMaxWindowBits,
    clientMaxWindowBits: deflate.clientMaxWindowBits,
  });

/** An answer as the WIT has it. */
const handshakeOf = ({ statusCode, rawHeaders }) => {
  const headers = [];
  for (let place = 0; place < rawHeaders.length; place += 2) {
    const value = Buffer.from(rawHeaders[place + 1], 'latin1').toString();
    headers.push({ name: rawHeaders[place], value });
  }
  const handshake = { status: statusCode, headers, body: new Uint8Array() };
  const protocol = find(handshake, 'sec-websocket-protocol');
  return { ...handshake, protocol, extensions: find(handshake, 'sec-websocket-extensions') };
};

/** All values of a header, joined. */
const find = ({ headers }, wanted) =>
  headers.flatMap(({ name, value }) => (name.toLowerCase() === wanted ? [value] : [])).join(', ');

const hasToken = (handshake, name, token) =>
  find(handshake, name)
    .split(',')
    .some((part) => part.trim().toLowerCase() === token);

/** The compression that both sides agree on, if any. Throws what is wrong with the answer. */
const verify = (handshake, key, deflate) => {
  if (!hasToken(handshake, 'upgrade', 'websocket')) {
    throw new Error("the answer's Upgrade header does not say websocket");
  }
  if (!hasToken(handshake, 'connection', 'upgrade')) {
    throw new Error("the answer's Connection header does not say upgrade");
  }
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64');
  if (find(handshake, 'sec-websocket-accept').trim() !== accept) {
    throw new Error("the answer's Sec-WebSocket-Accept does not match the key");
  }
  const text = handshake.extensions.trim();
  if (text === '') return undefined;
  const notOffered = new Error(
    `the server chose the extension ${quoted(text.split(';')[0].trim())}, which was not offered`,
  );
  if (!deflate) throw notOffered;
  const agreed = extension.parse(text);
  if (Object.keys(agreed).join() !== DEFLATE) throw notOffered;
  deflate.accept(agreed[DEFLATE]);
  return deflate;
};

/** The beginning of a refusal's body, as far as it comes soon. */
const beginning = (answer) =>
  new Promise((resolve) => {
    const chunks = [];
    let length = 0;
    const end = () => {
      clearTimeout(timer);
      resolve(Uint8Array.from(Buffer.concat(chunks).subarray(0, REFUSAL_BODY)));
    };
    const timer = setTimeout(end, REFUSAL_BODY_WAIT);
    answer.on('data', (chunk) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= REFUSAL_BODY) end();
    });
    answer.on('end', end);
    answer.on('error', end);
  });
