import { check, group } from 'k6';
import http from 'k6/http';

const EVIL = '\u001b[2J\u001b]0;mine\u0007\u009b31m\r\nFAKE LINE\u202e';

/** Names what it does by what a terminal obeys, and fails with it. */
export default function () {
  check(1, { [EVIL]: () => true });
  group(EVIL, () => check(1, { [`in ${EVIL}`]: () => true }));
  http.get(`http://127.0.0.1:1/${EVIL}`);
  throw Object.assign(new Error(EVIL), { name: EVIL });
}
