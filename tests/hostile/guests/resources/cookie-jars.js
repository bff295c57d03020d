import http from 'k6/http';

/** Makes cookie jars until it is told to stop. */
export default function () {
  const jars = [];
  for (;;) jars.push(new http.CookieJar());
}
