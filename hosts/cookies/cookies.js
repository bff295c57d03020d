// What jars keep and send, as lines. cookies.txt has those of `wasock run`, beside `wasock serve`:
// wasock run -i 1 -e SERVER=http://127.0.0.1:8765 --log-format raw --console-output cookies.txt cookies.js
import http from 'k6/http';
import ws from 'k6/ws';

export const options = { iterations: 2, noCookiesReset: __ENV.KEEP === 'yes' };

const server = __ENV.SERVER;

/** Cookies of a jar for a URL, in their order. */
const shown = (jar, url) => {
  const found = Object.entries(jar.cookiesForURL(url));
  return found.map(([name, values]) => `${name}=${values.join('|')}`).join('; ') || 'none';
};

/** Sets cookies by one URL, and tells which of them others get. */
const tell = (what, url, cookies, others) => {
  const jar = new http.CookieJar();
  for (const [name, options] of cookies) {
    try {
      jar.set(url, name, '1', options);
    } catch (error) {
      console.log(`${what}: ${error.message}`);
    }
  }
  for (const other of others) console.log(`${what}: ${other}: ${shown(jar, other)}`);
};

const HOSTS = ['localhost', '127.0.0.1', '127.9.9.9', '[::1]', '[::2]', '10.0.0.1', 'a.test', 'a.localhost'];

/** Whether `Secure` cookies are sent, by scheme and host. */
const secure = () => {
  for (const host of HOSTS) {
    const cookies = [
      ['plain', {}],
      ['secret', { secure: true }],
    ];
    tell('secure', `wss://${host}/`, cookies, [`ws://${host}:81/`, `http://${host}/`, `https://${host}/x`]);
    tell('secure, set without TLS', `ws://${host}/`, cookies, [`ws://${host}/`, `wss://${host}/`]);
  }
};

const places = () => {
  const urls = ['ws://a.test/', 'ws://b.a.test/', 'ws://ba.test/', 'ws://test/'];
  tell('host', 'ws://a.test/', [['of_host', {}]], urls);
  tell('domain', 'ws://b.a.test/', [['of_domain', { domain: 'a.test' }]], urls);
  tell('domain with a dot', 'ws://b.a.test/', [['of_domain', { domain: '.A.test' }]], urls);
  tell('domain without a dot', 'ws://a.test/', [['of_domain', { domain: 'test' }]], urls);
  tell('foreign domain', 'ws://a.test/', [['of_domain', { domain: 'b.test' }]], urls);
  tell('domain of an address', 'ws://10.0.0.1/', [['of_address', { domain: '10.0.0.1' }]], ['ws://10.0.0.1/']);
  tell('domain in an address', 'ws://10.0.0.1/', [['of_address', { domain: '0.0.1' }]], ['ws://10.0.0.1/']);
  tell('domain of localhost', 'ws://localhost/', [['of_local', { domain: 'localhost' }]], ['ws://localhost/']);
  const paths = ['', '/', '/x', '/x/', '/x/y', '/xy', '/x/y/z?q'].map((path) => `ws://a.test${path}`);
  tell('folder', 'ws://a.test/x/y', [['of_folder', {}]], paths);
  tell('path', 'ws://a.test/', [['of_path', { path: '/x' }]], paths);
  tell('path with a slash', 'ws://a.test/', [['of_path', { path: '/x/' }]], paths);
  tell('path without a slash', 'ws://a.test/x/y', [['of_path', { path: 'x' }]], paths);
};

const order = () => {
  const cookies = [
    ['d', {}],
    ['b', { path: '/x' }],
    ['c', {}],
    ['a', {}],
    ['e', { path: '/x/y' }],
  ];
  tell('order', 'ws://a.test/', cookies, ['ws://a.test/x/y']);
};

const ends = () => {
  const at = (year) => `Mon, 02 Jan ${year} 15:04:05 GMT`;
  const cookies = [
    ['past', { expires: at(2006) }],
    ['future', { expires: at(2096) }],
    ['later', { max_age: 100 }],
    ['gone', { max_age: -1 }],
    ['age_wins', { max_age: 100, expires: at(2006) }],
    ['never', { expires: 'soon' }],
  ];
  tell('expires', 'ws://a.test/', cookies, ['ws://a.test/']);
  const twice = [
    ['a', {}],
    ['a', { max_age: -1 }],
  ];
  tell('removed by its age', 'ws://a.test/', twice, ['ws://a.test/']);
};

const names = () => {
  const cookies = [
    ['a b', {}],
    ['', {}],
    ['__Host-a', {}],
    ['__Secure-a', { domain: 'a.test' }],
    ['a', { path: '/; Secure' }],
  ];
  tell('names', 'ws://a.test/', cookies, ['ws://a.test/']);
  tell('scheme', 'ftp://a.test/', [['a', {}]], []);
};

/** What a server sets, in an answer of HTTP and in one to an opening handshake. */
const received = () => {
  const set = ['a=1; Secure', 'b=2; HttpOnly', 'c="3"', 'nonsense', '=4', 'e=', 'f=5; Max-Age=0', 'g=6; Port="1"'];
  const query = set.map((field) => `set=${encodeURIComponent(field)}`).join('&');
  const answered = http.get(`${server}/http/cookies?${query}`);
  const told = Object.values(answered.cookies).flat();
  for (const { name, value, secure, max_age } of told) console.log(`told: ${name}=${value} ${secure} ${max_age}`);
  console.log(`kept: ${shown(http.cookieJar(), `${server}/http/`)}`);
  console.log(`sent: ${http.get(`${server}/http/cookies`).request.headers.Cookie}`);
  ws.connect(`${server.replace('http', 'ws')}/echo?set=${encodeURIComponent('h=7; Secure')}`, {}, (socket) => {
    socket.on('open', () => socket.close());
  });
  console.log(`kept after a handshake: ${shown(http.cookieJar(), `${server}/http/`)}`);
};

export default () => {
  // What an iteration finds that an earlier one has left there.
  console.log(`at the beginning: ${shown(http.cookieJar(), `${server}/http/`)}`);
  for (const part of [secure, places, order, ends, names, received]) part();
};
