// Where a guest may connect to. Names are checked before they are resolved, addresses after.
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Grants nothing: what a guest gets when its embedder grants nothing. */
const nothing = {
  checkName: (host, port) => `no network is granted, so ${host}:${port} cannot be reached`,
  checkAddress: (host, _address, port) => `no network is granted, so ${host}:${port} cannot be reached`,
};

/** Grants everything. */
const everything = { checkName: () => undefined, checkAddress: () => undefined };

/**
 * The rules for one guest.
 *
 * @param {'all' | object | undefined} grant `all`, or an object that may have `checkName(host, port)` and
 *   `checkAddress(host, address, port)`, which return what forbids it, `blockHostnames` and `blacklistIPs`
 */
export const networkOf = (grant) => {
  if (grant === undefined) return { ...nothing, resolve };
  if (grant === 'all') return { ...everything, resolve };
  const names = (grant.blockHostnames ?? []).map(pattern);
  const ranges = (grant.blacklistIPs ?? []).map(range);
  return {
    checkName: (host, port) => {
      const blocked = names.find(({ matches }) => matches(host));
      if (blocked) return `hostname (${host}) is in a blocked pattern (${blocked.text})`;
      return grant.checkName?.(host, port);
    },
    checkAddress: (host, address, port) => {
      const denied = ranges.find(({ has }) => has(address));
      if (denied) return `IP (${address}) is in a blacklisted range (${denied.text})`;
      return grant.checkAddress?.(host, address, port);
    },
    resolve,
  };
};

/** The addresses of a name, IPv4 first. */
const resolve = async (host) => {
  const found = await lookup(host, { all: true });
  return found.sort((a, b) => a.family - b.family).map(({ address }) => address);
};

/** A name, or `*.` and a name: that of all hosts below it. */
const pattern = (text) => {
  const normal = (name) => name.toLowerCase().replace(/\.$/, '');
  const wanted = normal(text);
  const matches = (host) =>
    wanted === '*' || (wanted.startsWith('*.') ? normal(host).endsWith(wanted.slice(1)) : normal(host) === wanted);
  return { text, matches };
};

/** An address, or a range of them: `10.0.0.0/8`. */
const range = (text) => {
  const [address, bits] = text.split('/');
  const version = isIP(address);
  const widest = version === 6 ? 128 : 32;
  const prefix = bits === undefined ? widest : Number(bits);
  if (!version || !Number.isInteger(prefix) || prefix < 0 || prefix > widest) {
    throw new TypeError(`"${text}" is no address and no range of addresses`);
  }
  const list = new BlockList();
  list.addSubnet(address, prefix, `ipv${version}`);
  return { text, has: (other) => list.check(other, `ipv${isIP(other)}`) };
};
