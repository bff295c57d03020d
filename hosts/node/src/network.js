// Where a guest may connect to. Names are checked before they are resolved, addresses after.
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

import { nameRule } from '../core/names.js';

/**
 * The rules for one guest.
 *
 * @param {'all' | object | undefined} grant nothing without it; an object may have `checkName(host, port)`,
 *   `checkAddress(host, address, port)` and `checkUnixSocket(path)`, which return what forbids it, `blockHostnames` and
 *   `blacklistIPs`
 */
export const networkOf = (grant) => {
  const given = typeof grant === 'object' ? grant : {};
  const ranges = (given.blacklistIPs ?? []).map(range);
  const checkAddress = (host, address, port) => {
    const denied = ranges.find(({ has }) => has(address));
    if (denied) return `IP (${address}) is in a blacklisted range (${denied.text})`;
    return given.checkAddress?.(host, address, port);
  };
  const unix = (path) => (grant === 'all' ? undefined : `the Unix socket ${path} is not granted`);
  const checkUnixSocket = given.checkUnixSocket?.bind(given) ?? unix;
  return { checkName: nameRule(grant), checkAddress, checkUnixSocket, resolve };
};

/** The addresses of a name, IPv4 first. */
const resolve = async (host) => {
  const found = await lookup(host, { all: true });
  return found.sort((a, b) => a.family - b.family).map(({ address }) => address);
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
