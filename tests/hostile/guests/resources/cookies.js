import http from 'k6/http';

/** Makes cookie jars and fills them until it is told to stop. */
export default function () {
  const jar = http.cookieJar();
  for (let i = 0; ; i++) jar.set('http://127.0.0.1/', `name${i}`, 'x'.repeat(4_000));
}
