// Failures of requests, with the numbers that k6 gives to them.

/** Number, kind and words for each code; `peer` is the address with a blank before it. */
const KINDS = {
  'name-unresolvable': () => [1101, 'lookup: no such host', ({ host }) => `lookup ${host}: no such host`],
  'access-denied': (rule) =>
    rule.startsWith('IP ') ? [1110, 'ip is blacklisted', () => rule] : [1111, 'hostname is blocked', () => rule],
  unreachable: () => [1210, 'dial: no route to host', ({ peer }) => `dial tcp${peer}: connect: no route to host`],
  'connection-refused': () => [
    1212,
    'dial: connection refused',
    ({ peer }) => `dial tcp${peer}: connect: connection refused`,
  ],
  'connection-reset': () => [
    1220,
    'read: connection reset by peer',
    ({ peer }) => `read tcp${peer}: read: connection reset by peer`,
  ],
  'unexpected-end': () => [1200, 'unexpected EOF', () => 'unexpected EOF'],
  timeout: () => [1050, 'request timeout', () => 'request timeout'],
  tls: (text) => [1300, 'tls: handshake failed', () => `tls: ${text}`],
  'limit-reached': (text) => [1000, 'limit reached', () => text],
  'protocol-violation': (text) =>
    text.startsWith('the body cannot be decoded')
      ? [1701, 'decompression failed', () => text]
      : [1000, 'malformed response', () => text],
};

/** The failure of an exchange, as the WIT has it. */
export const failureOf = (code, { method, url }, address) => {
  const other = (text) => [1000, 'other', () => text ?? 'unknown error'];
  const [number, kind, words] = (KINDS[code.tag] ?? other)(code.val);
  const peer = address === undefined ? '' : ` ${address}`;
  const detail = words({ peer, host: new URL(url).hostname });
  const verb = method.charAt(0) + method.slice(1).toLowerCase();
  return { code, number, kind, text: `${verb} "${url}": ${detail}` };
};
