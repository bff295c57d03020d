// Which hosts a guest may connect to, by their names.

/** @returns the rule of one that grants nothing: what it returns forbids an attempt */
const nothing = (host, port) => `no network is granted, so ${host}:${port} cannot be reached`;

/**
 * The rule for names.
 *
 * @param {'all' | object | undefined} grant nothing without it; an object may have `blockHostnames` and
 *   `checkName(host, port)`, which returns what forbids it
 * @returns {(host: string, port: number) => string | undefined} what forbids an attempt
 */
export const nameRule = (grant) => {
  if (grant === undefined) return nothing;
  if (grant === 'all') return () => undefined;
  const patterns = (grant.blockHostnames ?? []).map((text) => ({ text, matches: pattern(text) }));
  return (host, port) => {
    const blocked = patterns.find(({ matches }) => matches(host));
    if (blocked) return `hostname (${host}) is in a blocked pattern (${blocked.text})`;
    return grant.checkName?.(host, port);
  };
};

const normal = (name) => name.toLowerCase().replace(/\.$/, '');

/** A name, `*`, or `*.` and a name: that of all hosts below it. */
const pattern = (text) => {
  const wanted = normal(text);
  if (wanted === '*') return () => true;
  if (wanted.startsWith('*.')) return (host) => normal(host).endsWith(wanted.slice(1));
  return (host) => normal(host) === wanted;
};
