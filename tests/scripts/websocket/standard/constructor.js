// The constructor of WebSocket, and what its attributes are then.
// https://websockets.spec.whatwg.org/#dom-websocket-websocket

import { WebSocket } from 'k6/websockets';
import { caught, equal, runAll, throws, throwsDOM } from '../../web/subtests.js';
import { closed, NOBODY, next, opened, unused, WS, WSS } from './connections.js';

const REFUSED_URLS = ['', ' ', '/echo', 'echo', '//h/', '?q', '#f', 'ws', 'ws:', 'ws://', 'wss://', 'ws:///', 'http://', 'ws://?', 'ws://h:99999/', 'ws://h:x/', 'ws://a b/', 'ws://a<b/', 'ws://[::1', 'ws://1.2.3.256/', 'ws://user@/', 'ftp://h/', 'file:///a', 'about:blank', 'data:,x', 'mailto:a@b', 'javascript:1', 'blob:ws://h/x', 'foo://h/', 'ws://h/#', 'ws://h/#f', 'ws://h/?q#f', 'http://h/#', 'ws://xn--a/'];

/** What is given, and the attribute `url`. */
const URLS = [
  ['ws://h', 'ws://h/'],
  ['WS://H.example/A', 'ws://h.example/A'],
  ['wss://h:443/', 'wss://h/'],
  ['ws://h:80/', 'ws://h/'],
  ['ws://h:443/', 'ws://h:443/'],
  ['wss://h:80/', 'wss://h:80/'],
  ['http://h/', 'ws://h/'],
  ['https://h/x?y', 'wss://h/x?y'],
  ['http://h:80/', 'ws://h/'],
  ['https://h:443/', 'wss://h/'],
  ['http://h:443/', 'ws://h:443/'],
  ['HTTPS://h', 'wss://h/'],
  ['  ws://h/  ', 'ws://h/'],
  ['ws://h/\ta\nb', 'ws://h/ab'],
  ['ws:h/a', 'ws://h/a'],
  ['ws:\\\\h\\a', 'ws://h/a'],
  ['ws://h/../a/./b', 'ws://h/a/b'],
  ['ws://h/a b?c d', 'ws://h/a%20b?c%20d'],
  ['ws://h/ž?ž', 'ws://h/%C5%BE?%C5%BE'],
  ['ws://h/\ud800', 'ws://h/%EF%BF%BD'],
  ['ws://h/?', 'ws://h/?'],
  ['ws://u:p@h/', 'ws://u:p@h/'],
  ['ws://bücher.example/', 'ws://xn--bcher-kva.example/'],
  ['ws://127.1/', 'ws://127.0.0.1/'],
  ['ws://[0:0::1]/', 'ws://[::1]/'],
  [new URL('ws://h/url'), 'ws://h/url'],
  [{ toString: () => 'ws://h/object' }, 'ws://h/object'],
  [['ws://h/array'], 'ws://h/array'],
];

export const urls = () => runAll(function* () {
  for (const url of REFUSED_URLS) {
    yield [`refused: ${JSON.stringify(url)}`, () => throwsDOM('SyntaxError', () => new WebSocket(url))];
  }
  for (const [given, url] of URLS) {
    yield [`url: ${given}`, () => equal(unused(given).url, url)];
  }
  for (const value of [undefined, null, 1, true, {}, [], () => {}]) {
    yield [`no URL: ${String(value)}`, () => throwsDOM('SyntaxError', () => new WebSocket(value))];
  }
  yield ['a symbol', () => throws(TypeError, () => new WebSocket(Symbol('s')))];
  yield ['an exception of the conversion', () => throws(RangeError, () => new WebSocket({ toString() { throw new RangeError(); } }))];
  yield ['no argument', () => throws(TypeError, () => new WebSocket())];
  yield ['without new', () => throws(TypeError, () => WebSocket(NOBODY))];
});

/** Every character that must not be in a subprotocol's name. */
const SEPARATORS = ['(', ')', '<', '>', '@', ',', ';', ':', '\\', '"', '/', '[', ']', '?', '=', '{', '}', ' ', '\t', '\0', '\x1f', '\x7f', '\x80', 'é', '🐎', '\ud800'];

const TOKENS = ['a', 'chat', 'A-z.0_9', "!#$%&'*+-.^_`|~", '0'];

export const protocols = () => runAll(function* () {
  const make = (given) => () => unused(NOBODY, given);
  for (const character of SEPARATORS) {
    yield [`not in a subprotocol: ${JSON.stringify(character)}`, () => {
      for (const name of [character, `a${character}b`]) {
        throwsDOM('SyntaxError', make(name));
        throwsDOM('SyntaxError', make(['ok', name]));
      }
    }];
  }
  for (const name of TOKENS) yield [`a subprotocol: ${name}`, () => equal([make(name)().protocol, make([name])().protocol], ['', ''])];
  yield ['an empty one', () => {
    throwsDOM('SyntaxError', make(''));
    throwsDOM('SyntaxError', make(['']));
  }];
  yield ['none', () => {
    for (const given of [undefined, [], new Set()]) equal(caught(make(given)), undefined);
  }];
  yield ['twice the same', () => {
    throwsDOM('SyntaxError', make(['a', 'a']));
    throwsDOM('SyntaxError', make(['a', 'b', 'a']));
  }];
  yield ['twice the same in another case', () => throwsDOM('SyntaxError', make(['echo', 'eCho']))];
  yield ['values are converted', () => {
    for (const given of [1, true, null, [1, null, undefined], [{ toString: () => 'x' }], () => {}]) {
      const text = typeof given === 'function' ? 'SyntaxError' : undefined;
      equal(caught(make(given))?.name, text);
    }
    throwsDOM('SyntaxError', make({}));
    throws(TypeError, make(Symbol('s')));
    throws(TypeError, make([Symbol('s')]));
  }];
  yield ['an object of a string is a sequence', () => {
    throwsDOM('SyntaxError', make(new String('aa')));
    equal(caught(make(new String('ab'))), undefined);
  }];
  yield ['everything that can be iterated is a sequence', () => {
    const given = { *[Symbol.iterator]() { yield 'a'; yield { toString: () => 'b' }; } };
    for (const one of [given, new Set(['a', 'b']), new Map().keys()]) equal(caught(make(one)), undefined);
    throwsDOM('SyntaxError', make({ *[Symbol.iterator]() { yield 'a'; yield 'a'; } }));
    throws(TypeError, make({ [Symbol.iterator]: 1 }));
    throws(TypeError, make({ [Symbol.iterator]: () => 1 }));
    for (const method of [undefined, null]) throwsDOM('SyntaxError', make({ [Symbol.iterator]: method }));
  }];
  yield ['the iterator is asked for once', () => {
    let reads = 0;
    const given = { get [Symbol.iterator]() { reads += 1; return Array.prototype.values; }, length: 0 };
    make(given)();
    equal(reads, 1);
  }];
  yield ['arguments are converted in order, before any is looked at', () => {
    const seen = [];
    const url = { toString() { seen.push('url'); return 'nonsense'; } };
    const given = { *[Symbol.iterator]() { seen.push('iterator'); yield { toString() { seen.push('element'); return ''; } }; } };
    throwsDOM('SyntaxError', () => new WebSocket(url, given));
    equal(seen, ['url', 'iterator', 'element']);
    throws(RangeError, () => new WebSocket('nonsense', { toString() { throw new RangeError(); } }));
  }];
});

export const chosen = () => runAll({
  'the one that the server has chosen': async () => {
    for (const [given, expected] of [['one', 'one'], [['unsupported', 'supported'], 'supported'], [['a', 'b'], 'a'], [[], ''], [undefined, '']]) {
      const socket = new WebSocket(`${WS}/protocol`, given);
      equal(socket.protocol, '');
      await next(socket, 'open');
      equal(socket.protocol, expected);
      await closed(socket);
      equal(socket.protocol, expected);
    }
  },
  'none of those that were offered': async () => {
    const socket = new WebSocket(`${WS}/echo`, ['wanted', 'other']);
    socket.onopen = () => {
      throw new Error('it must not open');
    };
    const { error } = await next(socket, 'error');
    equal(error, "websocket: bad handshake: the server chose no subprotocol, offered were 'wanted', 'other'");
    equal([socket.readyState, socket.protocol, socket.handshake.status], [WebSocket.CLOSED, '', 101]);
    const { code, wasClean } = await next(socket, 'close');
    equal([code, wasClean], [1006, false]);
  },
  'no extensions': async () => {
    const socket = await opened();
    equal(socket.extensions, '');
    await closed(socket);
  },
  'the user and the password are not part of the origin': async () => {
    const socket = new WebSocket(`${WS.replace('//', '//user:pa%73s@')}/headers`);
    const { data, origin } = await next(socket, 'message');
    equal([JSON.parse(data).authorization, origin, socket.url.includes('//user:pa%73s@')], [`Basic ${btoa('user:pass')}`, WS, true]);
    await closed(socket);
  },
  'a user without a password, and a password without a user': async () => {
    for (const [given, expected] of [['user', 'user:'], [':pass', ':pass'], ['u%3A%FF:', 'u:\xff:']]) {
      const socket = new WebSocket(`${WS.replace('//', `//${given}@`)}/headers`);
      equal(JSON.parse((await next(socket, 'message')).data).authorization, `Basic ${btoa(expected)}`);
      await closed(socket);
    }
  },
  'over TLS': async () => {
    for (const url of [`${WSS}/echo`, `${WSS.replace('wss', 'https')}/echo`]) {
      const socket = new WebSocket(url);
      await next(socket, 'open');
      equal(socket.url, `${WSS}/echo`);
      await closed(socket);
    }
  },
  'a scheme of HTTP': async () => {
    const socket = new WebSocket(`${WS.replace('ws', 'http')}/echo`);
    await next(socket, 'open');
    equal(socket.url, `${WS}/echo`);
    await closed(socket);
  },
});

/** What is set by a script changes nothing that cannot be set. */
export const attributes = () => runAll(function* () {
  const first = { url: NOBODY, readyState: 0, bufferedAmount: 0, extensions: '', protocol: '' };
  for (const [name, value] of Object.entries(first)) {
    yield [`${name} cannot be set`, () => {
      const socket = new WebSocket(NOBODY);
      equal(socket[name], value);
      throws(TypeError, () => { socket[name] = 'other'; });
      equal(socket[name], value);
      socket.close();
    }];
    yield [`${name} cannot be deleted`, () => {
      const socket = new WebSocket(NOBODY);
      equal(delete socket[name], true);
      equal(socket[name], value);
      socket.close();
    }];
  }
  for (const name of ['onopen', 'onmessage', 'onerror', 'onclose', 'onping', 'onpong']) {
    yield [name, () => {
      const socket = unused(NOBODY);
      equal(socket[name], null);
      const handler = () => {};
      const object = { handleEvent() {} };
      for (const [given, kept] of [[handler, handler], [object, object], [null, null], [handler, handler], [undefined, null], [1, null], ['x', null], [true, null], [Symbol('s'), null]]) {
        socket[name] = given;
        equal(socket[name], kept);
      }
    }];
  }
  yield ['binaryType', () => {
    const socket = unused(NOBODY);
    equal(socket.binaryType, 'blob');
    for (const [given, kept] of [['arraybuffer', 'arraybuffer'], ['nonsense', 'arraybuffer'], ['', 'arraybuffer'], ['Blob', 'arraybuffer'], ['blob', 'blob'], [null, 'blob'], [undefined, 'blob'], [1, 'blob'], [{ toString: () => 'arraybuffer' }, 'arraybuffer']]) {
      socket.binaryType = given;
      equal(socket.binaryType, kept);
    }
    throws(TypeError, () => { socket.binaryType = Symbol('s'); });
  }];
  yield ['a class of the script', () => {
    class Mine extends WebSocket {
      get mine() {
        return this.url;
      }
    }
    const socket = new Mine(NOBODY);
    equal([socket.mine, socket instanceof WebSocket, Mine.OPEN, socket.OPEN], [NOBODY, true, 1, 1]);
    socket.close();
  }];
});
