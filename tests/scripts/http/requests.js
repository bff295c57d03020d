// k6/http: what is sent and what comes back.

import http from 'k6/http';
import { equal, runAll } from '../web/subtests.js';

const HTTP = __ENV.WS.replace('ws:', 'http:');
const HTTPS = __ENV.WSS.replace('wss:', 'https:');

const echo = (method, body, params) => http.request(method, `${HTTP}/http/echo`, body, params).json();

export const sends = () =>
  runAll({
    'each method is sent': () => {
      const url = `${HTTP}/http/echo`;
      equal(http.get(url).json('method'), 'GET');
      equal(http.post(url, 'a').json('method'), 'POST');
      equal(http.put(url, 'a').json('method'), 'PUT');
      equal(http.patch(url, 'a').json('method'), 'PATCH');
      equal(http.del(url).json('method'), 'DELETE');
      equal(http.options(url).json('method'), 'OPTIONS');
      equal(http.request('purge', url).json('method'), 'PURGE');
      const head = http.head(url);
      equal([head.status, head.body], [200, '']);
    },
    'headers are sent, and a user agent': () => {
      const { headers } = echo('GET', null, { headers: { 'X-Own': 'ä1', accept: 'text/plain' } });
      equal(headers['x-own'].length > 0, true);
      equal(headers.accept, 'text/plain');
      equal(headers['user-agent'].startsWith('wasock/'), true, headers['user-agent']);
      equal(echo('GET', null, { headers: { 'User-Agent': 'me', Host: 'virtual.test' } }).headers['user-agent'], 'me');
      equal(echo('GET', null, { headers: { Host: 'virtual.test' } }).headers.host, 'virtual.test');
    },
    'text is sent as it is, without a type': () => {
      const { body, headers } = echo('POST', 'häuser');
      equal([body, headers['content-type'], headers['content-length']], ['häuser', undefined, '7']);
      equal(echo('POST').headers['content-length'], '0');
    },
    'an object is a form, by name': () => {
      const { body, headers } = echo('POST', { b: 'x y', a: 1, c: [true, 'ä'] });
      equal(body, 'a=1&b=x+y&c=true&c=%C3%A4');
      equal(headers['content-type'], 'application/x-www-form-urlencoded');
      const own = echo('POST', { a: 1 }, { headers: { 'content-type': 'own/type' } });
      equal(own.headers['content-type'], 'own/type');
    },
    'bytes are sent as they are': () => {
      const bytes = new Uint8Array([104, 105, 33, 10]);
      equal(echo('POST', bytes.buffer).body, 'hi!\n');
      equal(echo('POST', bytes.subarray(1, 3)).body, 'i!');
      equal(echo('POST', new DataView(bytes.buffer, 0, 2)).body, 'hi');
    },
    'a form with a file is in parts': () => {
      const { body, headers } = echo('POST', {
        field: 'value',
        upload: http.file('content', 'na"me.txt', 'text/plain'),
        raw: http.file(new Uint8Array([65, 66]).buffer, 'raw.bin'),
      });
      const boundary = headers['content-type'].split('multipart/form-data; boundary=')[1];
      equal(body, [
        `--${boundary}`, 'Content-Disposition: form-data; name="field"', '', 'value',
        `--${boundary}`, 'Content-Disposition: form-data; name="upload"; filename="na%22me.txt"',
        'Content-Type: text/plain', '', 'content',
        `--${boundary}`, 'Content-Disposition: form-data; name="raw"; filename="raw.bin"',
        'Content-Type: application/octet-stream', '', 'AB',
        `--${boundary}--`, '',
      ].join('\r\n'));
    },
    'a form of a library knows its body and its boundary': () => {
      const form = { boundary: 'xyz', body: () => new Uint8Array([49, 50]).buffer };
      const { body, headers } = echo('POST', form);
      equal([body, headers['content-type']], ['12', 'multipart/form-data; boundary=xyz']);
    },
    'a body can be compressed': () => {
      for (const compression of ['gzip', 'deflate', 'br', 'zstd', 'gzip, br']) {
        const response = http.post(`${HTTP}/http/echo`, 'x'.repeat(1000), { compression });
        const { headers, size } = response.json();
        equal(headers['content-encoding'], compression);
        equal(size < 100, true, `${compression} ${size}`);
        equal(response.request.body, 'x'.repeat(1000));
      }
    },
    'a URL object is a URL': () => {
      equal(http.get(new URL(`${HTTP}/http/echo?a=1`)).json('path'), '/http/echo?a=1');
    },
  });

export const receives = () =>
  runAll({
    'a response has what the server said': () => {
      const response = http.post(`${HTTP}/http/echo?set=a%3D1%3B%20Path%3D/%3B%20HttpOnly`, 'body');
      equal([response.status, response.status_text, response.proto], [200, '200 OK', 'HTTP/1.1']);
      equal([response.error, response.error_code], ['', 0]);
      equal(response.url, `${HTTP}/http/echo?set=a%3D1%3B%20Path%3D/%3B%20HttpOnly`);
      equal(response.headers['Content-Type'], 'application/json');
      equal(response.headers['Set-Cookie'], 'a=1; Path=/; HttpOnly');
      const [cookie] = response.cookies.a;
      equal([cookie.name, cookie.value, cookie.path, cookie.http_only, cookie.secure], ['a', '1', '/', true, false]);
      equal([response.remote_ip, response.remote_port], ['127.0.0.1', Number(HTTP.split(':')[2])]);
      equal([response.tls_version, response.tls_cipher_suite], ['', '']);
      equal(response.request.method, 'POST');
      equal(response.request.body, 'body');
      equal(response.request.headers['User-Agent'].length, 1);
      equal(typeof response.ocsp.status, 'string');
    },
    'times add up': () => {
      const { timings } = http.get(`${HTTP}/http/echo?delay=50`);
      const { duration, sending, waiting, receiving, blocked, connecting, looking_up, tls_handshaking } = timings;
      equal(Math.abs(duration - sending - waiting - receiving) < 1e-6, true);
      equal(waiting >= 49, true, `waiting ${waiting}`);
      equal(blocked >= connecting, true);
      equal([looking_up, tls_handshaking], [0, 0]);
    },
    'HTTP/2 is spoken by TLS': () => {
      const response = http.get(`${HTTPS}/http/echo`);
      equal([response.proto, response.json('version')], ['HTTP/2.0', 'HTTP/2']);
      equal(response.tls_version, 'tls1.3');
      equal(response.tls_cipher_suite.startsWith('TLS_'), true, response.tls_cipher_suite);
      equal(response.status_text, '200 OK');
      equal(http.post(`${HTTPS}/http/echo`, 'x'.repeat(100_000)).json('size'), 100_000);
      equal(http.get(`${HTTPS}/http/echo`).timings.connecting, 0);
    },
    'bodies are text, bytes or nothing': () => {
      const url = `${HTTP}/http/bytes?size=3`;
      equal(http.get(url).body, '\0\0\0');
      const { body } = http.get(url, { responseType: 'binary' });
      equal([body instanceof ArrayBuffer, body.byteLength], [true, 3]);
      equal(http.get(url, { responseType: 'none' }).body, null);
      equal(http.get(`${HTTP}/http/echo`, { responseType: 'binary' }).json('method'), 'GET');
    },
    'bodies are decoded': () => {
      for (const coding of ['gzip', 'deflate', 'br', 'zstd']) {
        const response = http.get(`${HTTP}/http/${coding}`);
        equal(response.headers['Content-Encoding'], coding);
        equal(response.json('path'), `/http/${coding}`);
      }
    },
    'a status that refuses has an error code': () => {
      const response = http.get(`${HTTP}/http/status/404`);
      equal([response.status, response.status_text, response.error_code, response.error], [404, '404 Not Found', 1404, '']);
      equal(http.get(`${HTTP}/http/status/503`).error_code, 1503);
    },
    'what needs a parser of HTML says so': () => {
      const response = http.get(`${HTTP}/http/echo`);
      for (const name of ['html', 'submitForm', 'clickLink']) {
        let text = '';
        try {
          response[name]();
        } catch (error) {
          text = `${error.name}: ${error.message}`;
        }
        equal(text.startsWith(`GoError: Response.${name}() is not supported`), true, text);
      }
    },
    'what is no JSON throws': () => {
      const message = (response) => {
        try {
          response.json();
        } catch (error) {
          return error.message;
        }
        return '';
      };
      equal(message(http.get(`${HTTP}/http/bytes?size=1`)).startsWith('cannot parse json'), true);
      equal(message(http.get(`${HTTP}/http/echo`, { responseType: 'none' })).startsWith('the body is null'), true);
    },
    'constants are there': () => {
      equal([http.TLS_1_2, http.AUTH_DIGEST, http.OCSP_STATUS_GOOD], ['tls1.2', 'digest', 'good']);
    },
  });

export const selects = () => {
  const value = {
    name: { first: 'Tom', last: 'Anderson' },
    age: 37,
    children: ['Sara', 'Alex', 'Jack'],
    'fav.movie': 'Deer Hunter',
    none: null,
    friends: [
      { first: 'Dale', last: 'Murphy', age: 44, nets: ['ig', 'fb'] },
      { first: 'Roger', last: 'Craig', age: 68, nets: ['fb', 'tw'] },
      { first: 'Jane', last: 'Murphy', age: 47, nets: ['ig', 'tw'] },
    ],
  };
  const response = http.post(`${HTTP}/http/echo`, JSON.stringify(value));
  // The echo has the value as text; a response whose body is that text is what is looked into.
  const fresh = new response.constructor({ body: response.json('body') });
  const cases = [
    ['name.last', '"Anderson"'],
    ['age', '37'],
    ['none', 'null'],
    ['children.#', '3'],
    ['children.1', '"Alex"'],
    ['children.7', undefined],
    ['child*.2', '"Jack"'],
    ['c?ildren.0', '"Sara"'],
    ['fav\\.movie', '"Deer Hunter"'],
    ['friends.#.first', '["Dale","Roger","Jane"]'],
    ['friends.1.last', '"Craig"'],
    ['friends.#(last=="Murphy").first', '"Dale"'],
    ['friends.#(last=="Murphy")#.first', '["Dale","Jane"]'],
    ['friends.#(age>45)#.last', '["Craig","Murphy"]'],
    ['friends.#(first%"D*").last', '"Murphy"'],
    ['friends.#(first!%"D*").last', '"Craig"'],
    ['friends.#(nets.#(=="tw"))#.first', '["Roger","Jane"]'],
    ['friends.#(last=="Nobody")', undefined],
    ['friends.#(last=="Nobody")#', '[]'],
    ['friends.#.nets|0', '["ig","fb"]'],
    ['friends.#.missing', '[]'],
    ['children.@reverse', '["Jack","Alex","Sara"]'],
    ['children|@reverse|0', '"Jack"'],
    ['name.@keys', '["first","last"]'],
    ['missing.deep', undefined],
    ['{name.first,age}', '{"first":"Tom","age":37}'],
    ['{"years":age,who:name.last,missing}', '{"years":37,"who":"Anderson"}'],
    ['[name.first,children.#,missing,!"text",!5]', '["Tom",3,"text",5]'],
    ['friends.#.{first,"nets":nets.[0,1]}|1', '{"first":"Roger","nets":["fb","tw"]}'],
    ['friends.#(last=="Murphy")#.[first,age]', '[["Dale",44],["Jane",47]]'],
    ['{children.#,"none":friends.#(first=="a,b}")#}', '{"_":3,"none":[]}'],
    ['{name.first,age}.first', '"Tom"'],
    ['name.{first}', '{"first":"Tom"}'],
    ['{age', undefined],
  ];
  return runAll(Object.fromEntries(cases.map(([path, expected]) => [path, () => equal(JSON.stringify(fresh.json(path)), expected)])));
};

export const redirects = () =>
  runAll({
    'redirections are followed': () => {
      const response = http.get(`${HTTP}/http/redirect?n=3`);
      equal([response.status, response.json('path')], [200, '/http/echo']);
      equal(response.url, `${HTTP}/http/echo`);
    },
    'a redirection changes the method unless it must not': () => {
      const to = (status) => http.post(`${HTTP}/http/redirect?status=${status}`, { a: 1 }).json();
      equal([to(302).method, to(302).body], ['GET', '']);
      equal(to(303).headers['content-type'], undefined);
      equal([to(307).method, to(307).body], ['POST', 'a=1']);
      equal(to(308).headers['content-type'], 'application/x-www-form-urlencoded');
    },
    'as many as the params say': () => {
      const response = http.get(`${HTTP}/http/redirect?n=3`, { redirects: 2 });
      equal(response.status, 302);
      equal(response.headers.Location, '/http/echo');
      equal(http.get(`${HTTP}/http/redirect`, { redirects: 0 }).status, 302);
    },
    'cookies that are set on the way go along': () => {
      const target = encodeURIComponent('/http/redirect?set=b%3D2%3B%20Path%3D/');
      const response = http.get(`${HTTP}/http/redirect?set=a%3D1%3B%20Path%3D/&to=${target}`);
      equal(response.json('headers.cookie'), 'a=1; b=2');
      equal(response.request.cookies.a[0].value, '1');
    },
    'secrets stay with their host': () => {
      const other = HTTP.replace('127.0.0.1', 'localhost');
      const headers = { Authorization: 'Bearer x', 'X-Own': '1' };
      const params = { headers, cookies: { c: '1' }, jar: new http.CookieJar() };
      const same = http.get(`${HTTP}/http/redirect`, params).json('headers');
      equal([same.authorization, same.cookie, same['x-own']], ['Bearer x', 'c=1', '1']);
      const to = encodeURIComponent(`${other}/http/echo`);
      const away = http.get(`${HTTP}/http/redirect?to=${to}`, params).json('headers');
      equal([away.authorization, away.cookie, away['x-own']], [undefined, undefined, '1']);
    },
  });

export const cookies = () =>
  runAll({
    'what a server sets is sent again': () => {
      http.get(`${HTTP}/http/cookies?set=a%3D1`);
      equal(http.get(`${HTTP}/http/cookies`).json('headers.cookie'), 'a=1');
      equal(http.cookieJar().cookiesForURL(`${HTTP}/http/`).a, ['1']);
    },
    'cookies of the params are added, or replace': () => {
      const sent = (params) => http.get(`${HTTP}/http/cookies`, params).json('headers.cookie');
      equal(sent({ cookies: { b: '2' } }), 'b=2; a=1');
      equal(sent({ cookies: { a: '3' } }), 'a=3; a=1');
      equal(sent({ cookies: { a: { value: '3', replace: true } } }), 'a=3');
      equal(sent({ headers: { Cookie: 'own=1' } }), 'own=1; a=1');
    },
    'a jar of the params is used instead': () => {
      const jar = new http.CookieJar();
      jar.set(HTTP, 'own', '1');
      equal(http.get(`${HTTP}/http/cookies?set=set%3D2`, { jar }).json('headers.cookie'), 'own=1');
      equal(Object.keys(jar.cookiesForURL(`${HTTP}/http/`)).sort(), ['own', 'set']);
    },
  });

export const authenticates = () =>
  runAll({
    'basic, by the URL': () => {
      const url = HTTP.replace('//', '//crocodile:swamp@');
      equal(http.get(`${HTTP}/http/basic-auth`).status, 401);
      const response = http.get(`${url}/http/basic-auth`);
      equal([response.status, response.json('user')], [200, 'crocodile']);
      equal(response.url, `${HTTP}/http/basic-auth`);
      equal(http.get(`${url}/http/basic-auth`, { auth: 'basic' }).status, 200);
      equal(http.get(`${url.replace('swamp', 'sea')}/http/basic-auth`).status, 401);
    },
    'digest, when asked': () => {
      const url = HTTP.replace('//', '//ann:p%40ss@');
      const path = '/http/digest-auth?user=ann&password=p%40ss';
      const response = http.get(`${url}${path}`, { auth: 'digest' });
      equal([response.status, response.json('user')], [200, 'ann']);
      equal(http.post(`${url}${path}`, 'body', { auth: 'digest' }).status, 200);
      equal(http.get(`${url.replace('ann:', 'bob:')}${path}`, { auth: 'digest' }).status, 401);
    },
    'ntlm is told to be missing': () => {
      let text = '';
      try {
        http.get(HTTP, { auth: 'ntlm' });
      } catch (error) {
        text = error.message;
      }
      equal(text, "the authentication 'ntlm' is not supported; 'basic' and 'digest' are");
    },
  });

export const batches = async () => {
  const url = `${HTTP}/http/echo`;
  await runAll({
    'an array gives an array': () => {
      const responses = http.batch([
        `${url}?a=0`,
        ['POST', url, 'one', { headers: { 'X-Own': '1' } }],
        { method: 'PUT', url, body: 'two' },
        http.url`${url}?b=${3}`,
        { url },
      ]);
      equal(Array.isArray(responses), true);
      equal(responses.map((r) => r.json('method')), ['GET', 'POST', 'PUT', 'GET', 'GET']);
      equal(responses.map((r) => r.json('body')), ['', 'one', 'two', '', '']);
      equal(responses[0].json('path'), '/http/echo?a=0');
      equal(responses[1].json('headers.x-own'), '1');
    },
    'an object gives an object': () => {
      const { first, second } = http.batch({ first: url, second: { method: 'POST', url, body: 'x' } });
      equal([first.json('method'), second.json('body')], ['GET', 'x']);
    },
    'a promise is for the response': async () => {
      const pending = http.asyncRequest('POST', url, 'later');
      equal(pending instanceof Promise, true);
      const [later, other] = await Promise.all([pending, http.asyncRequest('GET', url)]);
      equal([later.json('body'), other.json('method')], ['later', 'GET']);
    },
    'wrong use rejects': async () => {
      const error = await http.asyncRequest('GET', url, null, { responseType: 'odd' }).catch((e) => e);
      equal(String(error), "GoError: invalid responseType 'odd', expected text, binary, none");
    },
    'nothing else runs while a request blocks': async () => {
      const seen = [];
      setTimeout(() => seen.push('timer'), 1);
      Promise.resolve().then(() => seen.push('promise'));
      http.get(`${url}?delay=30`);
      equal(seen.length, 0);
      await http.asyncRequest('GET', `${url}?delay=30`);
      equal(seen.sort(), ['promise', 'timer']);
    },
  });
};
