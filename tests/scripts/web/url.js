// URL and URLSearchParams. https://url.spec.whatwg.org/

import { caught, equal, runAll, throws } from './subtests.js';

/** Texts, their base if they have one, and the address they stand for; null if they are none. */
const PARSED = [
  ['http://example.com', , 'http://example.com/'],
  ['HTTP://EXAMPLE.com/%7Efoo/../b', , 'http://example.com/b'],
  ['https://h:443/', , 'https://h/'],
  ['http://h:8080/', , 'http://h:8080/'],
  ['ws://h:80/a?b#c', , 'ws://h/a?b#c'],
  ['wss://h:443', , 'wss://h/'],
  ['ftp://h:21/', , 'ftp://h/'],
  ['  http://h/\t ', , 'http://h/'],
  ['ht\ntp://h/a\tb', , 'http://h/ab'],
  ['http:\\\\h\\a', , 'http://h/a'],
  ['http:h', , 'http://h/'],
  ['http:///h', , 'http://h/'],
  ['http://user:pa ss@h/', , 'http://user:pa%20ss@h/'],
  ['http://u@h/', , 'http://u@h/'],
  ['http://:@h/', , 'http://h/'],
  ['http://a@b@h/', , 'http://a%40b@h/'],
  ['http://h/a b?c d#e f', , 'http://h/a%20b?c%20d#e%20f'],
  ["http://h/?'", , 'http://h/?%27'],
  ['http://h/ž?ž#ž', , 'http://h/%C5%BE?%C5%BE#%C5%BE'],
  ['http://h/\ud800', , 'http://h/%EF%BF%BD'],
  ['http://h/./a/../b/.', , 'http://h/b/'],
  ['http://h/%2e%2E/a', , 'http://h/a'],
  ['http://h/a/..', , 'http://h/'],
  ['http://127.1/', , 'http://127.0.0.1/'],
  ['http://0x7f.0.0.1/', , 'http://127.0.0.1/'],
  ['http://2130706433/', , 'http://127.0.0.1/'],
  ['http://256.256.256.256/', , null],
  ['http://1.2.3.4.5/', , null],
  ['http://[::1]/', , 'http://[::1]/'],
  ['http://[1:0:0:0:0:0:0:1]/', , 'http://[1::1]/'],
  ['http://[::ffff:127.0.0.1]/', , 'http://[::ffff:7f00:1]/'],
  ['http://[::1', , null],
  ['http://[:::1]/', , null],
  ['http://bücher.example/', , 'http://xn--bcher-kva.example/'],
  ['http://faß.example/', , 'http://xn--fa-hia.example/'],
  ['http://ＥＸＡＭＰＬＥ.com/', , 'http://example.com/'],
  ['http://日本語。jp/', , 'http://xn--wgv71a119e.jp/'],
  ['http://☕.example/', , 'http://xn--53h.example/'],
  ['http://xn--a/', , null],
  ['http://ex%41mple.com/', , 'http://example.com/'],
  ['http://a%20b/', , null],
  ['http://a b/', , null],
  ['http://a<b/', , null],
  ['http://h:/', , 'http://h/'],
  ['http://h:65535/', , 'http://h:65535/'],
  ['http://h:65536/', , null],
  ['http://h:1a/', , null],
  ['http://', , null],
  ['http://@/', , null],
  ['//h/', , null],
  ['/path', , null],
  ['', , null],
  ['file:///a/b', , 'file:///a/b'],
  ['mailto:a@b', , 'mailto:a@b'],
  ['data:text/plain,x y', , 'data:text/plain,x y'],
  ['foo://H/a', , 'foo://H/a'],
  ['foo:/a/../b', , 'foo:/b'],
  ['urn:x:y', , 'urn:x:y'],
  ['', 'http://h/a?b#c', 'http://h/a?b'],
  ['x', 'http://h/a/b', 'http://h/a/x'],
  ['./x', 'http://h/a/b', 'http://h/a/x'],
  ['../x', 'http://h/a/b/c', 'http://h/a/x'],
  ['../../../x', 'http://h/a', 'http://h/x'],
  ['/x', 'http://h/a/b', 'http://h/x'],
  ['//other/x', 'wss://h/a', 'wss://other/x'],
  ['?q', 'http://h/a?b#c', 'http://h/a?q'],
  ['#f', 'http://h/a?b#c', 'http://h/a?b#f'],
  ['http:x', 'http://h/a/b', 'http://h/a/x'],
  ['ws:x', 'http://h/a/b', 'ws://x/'],
  ['x', 'mailto:a', null],
  ['#f', 'mailto:a', 'mailto:a#f'],
  ['x', 'nonsense', null],
  ['http://h/', 'nonsense', null],
];

/** An address, the attribute that is set, the value, and the address afterwards. */
const SET = [
  ['http://h/', 'protocol', 'https', 'https://h/'],
  ['http://h/', 'protocol', 'ws:ignored', 'ws://h/'],
  ['http://h/', 'protocol', 'foo', 'http://h/'],
  ['http://h:443/', 'protocol', 'https', 'https://h/'],
  ['foo://h/', 'protocol', 'http', 'foo://h/'],
  ['http://h/', 'protocol', '1', 'http://h/'],
  ['http://h/', 'username', 'a b', 'http://a%20b@h/'],
  ['http://u:p@h/', 'username', '', 'http://:p@h/'],
  ['http://h/', 'password', 'p:w', 'http://:p%3Aw@h/'],
  ['http://u:p@h/', 'password', '', 'http://u@h/'],
  ['mailto:a', 'username', 'u', 'mailto:a'],
  ['http://h:1/', 'host', 'other:2', 'http://other:2/'],
  ['http://h:1/', 'host', 'other', 'http://other:1/'],
  ['http://h/', 'host', '', 'http://h/'],
  ['http://h/', 'host', 'bücher.example', 'http://xn--bcher-kva.example/'],
  ['mailto:a', 'host', 'h', 'mailto:a'],
  ['http://h:1/', 'hostname', 'other', 'http://other:1/'],
  ['http://h:1/', 'hostname', 'a b', 'http://h:1/'],
  ['http://h/', 'port', '8080', 'http://h:8080/'],
  ['http://h:8080/', 'port', '80', 'http://h/'],
  ['http://h:8080/', 'port', '', 'http://h/'],
  ['http://h/', 'port', '81abc', 'http://h:81/'],
  ['http://h/', 'port', 'abc', 'http://h/'],
  ['http://h/', 'port', '65536', 'http://h/'],
  ['http://h/a', 'pathname', 'b c', 'http://h/b%20c'],
  ['http://h/a', 'pathname', '/x/../y', 'http://h/y'],
  ['http://h/a', 'pathname', '?#', 'http://h/%3F%23'],
  ['http://h/a', 'pathname', '', 'http://h/'],
  ['mailto:a', 'pathname', 'b', 'mailto:a'],
  ['http://h/', 'search', 'a=b', 'http://h/?a=b'],
  ['http://h/', 'search', '?a=b', 'http://h/?a=b'],
  ['http://h/', 'search', '??', 'http://h/??'],
  ['http://h/?a', 'search', '', 'http://h/'],
  ['http://h/', 'search', '#', 'http://h/?%23'],
  ['http://h/', 'hash', 'f', 'http://h/#f'],
  ['http://h/', 'hash', '#f', 'http://h/#f'],
  ['http://h/#f', 'hash', '', 'http://h/'],
  ['http://h/', 'hash', 'a b', 'http://h/#a%20b'],
  ['http://h/', 'href', 'ws://x', 'ws://x/'],
];

export const parsing = () => runAll(function* () {
  for (const [text, base, href] of PARSED) {
    const name = `${JSON.stringify(text)} on ${base}`;
    yield [name, () => {
      if (href === null) throws(TypeError, () => new URL(text, base));
      else equal(new URL(text, base).href, href);
    }];
    yield [`parse ${name}`, () => equal(URL.parse(text, base)?.href ?? null, href)];
    yield [`canParse ${name}`, () => equal(URL.canParse(text, base), href !== null)];
  }
});

export const setting = () => runAll(function* () {
  for (const [href, part, value, expected] of SET) {
    yield [`${href}, ${part} = ${value}`, () => {
      const url = new URL(href);
      url[part] = value;
      equal(url.href, expected);
    }];
  }
  yield ['href that is none', () => {
    const url = new URL('http://h/');
    throws(TypeError, () => { url.href = 'nonsense'; });
    equal(url.href, 'http://h/');
  }];
});

const PARTS = {
  'http://u:p@h:8080/a/b?c=d#e': { origin: 'http://h:8080', protocol: 'http:', username: 'u', password: 'p', host: 'h:8080', hostname: 'h', port: '8080', pathname: '/a/b', search: '?c=d', hash: '#e' },
  'http://h/?#': { origin: 'http://h', protocol: 'http:', username: '', password: '', host: 'h', hostname: 'h', port: '', pathname: '/', search: '', hash: '' },
  'wss://[::1]:9/': { origin: 'wss://[::1]:9', host: '[::1]:9', hostname: '[::1]', port: '9' },
  'mailto:a@b': { origin: 'null', protocol: 'mailto:', host: '', pathname: 'a@b' },
  'file:///a': { origin: 'null', host: '', pathname: '/a' },
  'blob:https://h:444/x': { origin: 'https://h:444', pathname: 'https://h:444/x' },
  'blob:ws://h/x': { origin: 'null' },
  'data:,x?y#z': { origin: 'null', pathname: ',x', search: '?y', hash: '#z' },
};

export const attributes = () => runAll(function* () {
  for (const [href, parts] of Object.entries(PARTS)) {
    for (const [part, value] of Object.entries(parts)) yield [`${href} ${part}`, () => equal(new URL(href)[part], value)];
  }
  yield ['it is its href as text and as JSON', () => {
    const url = new URL('ws://h/a');
    equal([`${url}`, url.toString(), url.toJSON(), JSON.stringify({ url })], ['ws://h/a', 'ws://h/a', 'ws://h/a', '{"url":"ws://h/a"}']);
  }];
  yield ['arguments are converted', () => {
    equal(new URL({ toString: () => 'x' }, new URL('ws://h/')).href, 'ws://h/x');
    throws(TypeError, () => new URL(undefined));
    equal(new URL(undefined, 'ws://h/').href, 'ws://h/undefined');
    equal(new URL('x', undefined === 1 ? '' : 'ws://h/').href, 'ws://h/x');
    throws(TypeError, () => new URL('x', null));
    throws(RangeError, () => new URL({ toString() { throw new RangeError(); } }));
  }];
  yield ['origin cannot be set', () => throws(TypeError, () => { new URL('ws://h/').origin = 'x'; })];
});

export const inStep = () => runAll({
  'searchParams is the same object': () => {
    const url = new URL('http://h/?a=1');
    equal(url.searchParams, url.searchParams);
    equal(url.searchParams instanceof URLSearchParams, true);
  },
  'changes of the parameters change the URL': () => {
    const url = new URL('http://h/?a=1#f');
    url.searchParams.append('b', 'x y&');
    equal(url.href, 'http://h/?a=1&b=x+y%26#f');
    url.searchParams.delete('a');
    equal(url.search, '?b=x+y%26');
    url.searchParams.set('b', '2');
    equal(url.search, '?b=2');
    url.searchParams.delete('b');
    equal(url.href, 'http://h/#f');
  },
  'sorting normalises the query': () => {
    const url = new URL('http://h/?b=%20&a=1');
    url.searchParams.sort();
    equal(url.search, '?a=1&b=+');
  },
  'changes of search change the parameters': () => {
    const url = new URL('http://h/?a=1');
    const { searchParams } = url;
    url.search = '?b=2&c';
    equal([...searchParams].join(';'), 'b,2;c,');
    url.search = '';
    equal(searchParams.size, 0);
  },
  'changes of href change the parameters': () => {
    const url = new URL('http://h/?a=1');
    const { searchParams } = url;
    url.href = 'ws://x/?z=9';
    equal(searchParams.get('z'), '9');
    equal(url.searchParams, searchParams);
  },
  'searchParams cannot be set': () => throws(TypeError, () => { new URL('http://h/').searchParams = ''; }),
  'other parts leave the parameters alone': () => {
    const url = new URL('http://h/?a=1');
    const { searchParams } = url;
    url.pathname = '/x';
    url.hash = 'f';
    searchParams.append('b', '2');
    equal(url.href, 'http://h/x?a=1&b=2#f');
  },
});

/** What the constructor takes, and the text of what it makes. */
const MADE = [
  [undefined, ''],
  ['', ''],
  ['?', ''],
  ['a', 'a='],
  ['?a=b&c=d', 'a=b&c=d'],
  ['??a=b', '%3Fa=b'],
  ['a=b=c', 'a=b%3Dc'],
  ['a&&b', 'a=&b='],
  ['=x', '=x'],
  ['&', ''],
  ['a+b=c%20d', 'a+b=c+d'],
  ['a=%zz%4', 'a=%25zz%254'],
  ['%F0%9F%90%8E=ž', '%F0%9F%90%8E=%C5%BE'],
  ['a=%FF', 'a=%EF%BF%BD'],
  ['a=\ud800', 'a=%EF%BF%BD'],
  ['a=\0', 'a=%00'],
  ["a=*-._~!'()", 'a=*-._%7E%21%27%28%29'],
  [null, 'null='],
  [1, '1='],
  [[], ''],
  [[['a', 'b'], ['a', 1]], 'a=b&a=1'],
  [new Map([['a', 'b']]), 'a=b'],
  [new URLSearchParams('x=y'), 'x=y'],
  [{ a: 'b', c: 1 }, 'a=b&c=1'],
  [{}, ''],
  [{ 'a\ud800': 1, 'a\ufffd': 2 }, 'a%EF%BF%BD=2'],
  [Object.defineProperty({ seen: 1 }, 'hidden', { value: 2 }), 'seen=1'],
  [['ab', 'cd'].map((text) => new String(text)), 'a=b&c=d'],
];

export const parameters = () => runAll(function* () {
  for (const [init, text] of MADE) yield [`new ${JSON.stringify(init)}`, () => equal(new URLSearchParams(init).toString(), text)];
  for (const init of [[['a']], [['a', 'b', 'c']], [1], ['ab'], { [Symbol.iterator]: 1 }, Symbol('s'), { [Symbol('s')]: 1 }]) {
    yield ['refused', () => throws(TypeError, () => new URLSearchParams(init))];
  }
  const make = () => new URLSearchParams('a=1&b=2&a=3');
  yield ['get', () => equal([make().get('a'), make().get('x')], ['1', null])];
  yield ['getAll', () => {
    equal(make().getAll('a'), ['1', '3']);
    equal(make().getAll('x'), []);
  }];
  yield ['has', () => equal([make().has('a'), make().has('x'), make().has('a', '3'), make().has('a', '2'), make().has('a', undefined)], [true, false, true, false, true])];
  yield ['delete', () => {
    const params = make();
    params.delete('a', '3');
    equal(`${params}`, 'a=1&b=2');
    params.delete('a');
    equal(`${params}`, 'b=2');
    params.delete('b', undefined);
    equal(params.size, 0);
  }];
  yield ['set', () => {
    const params = make();
    params.set('a', 9);
    params.set('c', '');
    equal(`${params}`, 'a=9&b=2&c=');
  }];
  yield ['append', () => {
    const params = make();
    params.append('b', null);
    equal([`${params}`, params.size], ['a=1&b=2&a=3&b=null', 4]);
  }];
  yield ['sort keeps the order of equal names and goes by code units', () => {
    const params = new URLSearchParams('z=b&a=b&z=a&a=a&\ufffd=1&🐎=2');
    params.sort();
    equal([...params.keys()], ['a', 'a', 'z', 'z', '🐎', '\ufffd']);
    equal(params.getAll('z'), ['b', 'a']);
  }];
  yield ['iteration', () => {
    equal([...make()].map(String), ['a,1', 'b,2', 'a,3']);
    equal([...make().keys()], ['a', 'b', 'a']);
    equal([...make().values()], ['1', '2', '3']);
    equal(URLSearchParams.prototype[Symbol.iterator], URLSearchParams.prototype.entries);
  }];
  yield ['iteration is live', () => {
    const params = make();
    const seen = [];
    for (const [name] of params) {
      seen.push(name);
      if (seen.length === 1) params.delete('b');
      if (seen.length === 2) params.append('z', '');
    }
    equal(seen, ['a', 'a', 'z']);
  }];
  yield ['the iterator', () => {
    const iterator = make().entries();
    const prototype = Object.getPrototypeOf(iterator);
    equal(Object.prototype.toString.call(iterator), '[object URLSearchParams Iterator]');
    equal(Object.getPrototypeOf(prototype), Iterator.prototype);
    equal(Object.keys(prototype), ['next']);
    equal(iterator[Symbol.iterator](), iterator);
    equal(Object.hasOwn(prototype, 'constructor'), false);
    throws(TypeError, () => prototype.next.call({}));
    for (let i = 0; i < 3; i++) iterator.next();
    equal([iterator.next().done, iterator.next().value], [true, undefined]);
  }];
  yield ['forEach', () => {
    const params = make();
    const seen = [];
    params.forEach(function (value, name, all) {
      seen.push(`${value}${name}${all === params}${this.mine}`);
    }, { mine: 1 });
    equal(seen, ['1atrue1', '2btrue1', '3atrue1']);
    throws(TypeError, () => params.forEach(1));
  }];
  yield ['an exception of a conversion changes nothing', () => {
    const params = make();
    equal(caught(() => params.append('x', Symbol('s')))?.constructor, TypeError);
    equal(params.size, 3);
  }];
});
