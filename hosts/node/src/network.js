// Where a guest may connect to. Names are checked before they are resolved, addresses after.
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

import { ALL_RULES, checkNetwork, nameRule, verdict } from '../core/names.js';
import { wrongValue } from '../core/options.js';

/**
 * The rules for one guest.
 *
 * @param {'all' | object | undefined} grant nothing without it; an object may have `checkName(host, port)`,
 *   `checkAddress(host, address, port)` and `checkUnixSocket(path)`, which return what forbids it, `blockHostnames` and
 *   `blacklistIPs`
 * @throws {HostError} it is none of these
 */
export const networkOf = (grant) => {
  const granted = grantOf(grant);
  const given = typeof granted === 'object' ? granted : {};
  const ranges = (given.blacklistIPs ?? []).map(range);
  const checkAddress = (host, address, port) => {
    const denied = ranges.find(({ has }) => has(address));
    if (denied) return `IP (${address}) is in a blacklisted range (${denied.text})`;
    return verdict('checkAddress', given.checkAddress && (() => given.checkAddress(host, address, port)));
  };
  const checkUnixSocket = (path) => {
    if (granted === 'all') return undefined;
    if (!given.checkUnixSocket) return `the Unix socket ${path} is not granted`;
    return verdict('checkUnixSocket', () => given.checkUnixSocket(path));
  };
  return { checkName: nameRule(granted), checkAddress, checkUnixSocket, resolve };
};

/** What is granted, checked: of an object its rules. */
export const grantOf = (grant) => {
  const granted = checkNetwork(grant, ALL_RULES);
  for (const text of granted?.blacklistIPs ?? []) range(text);
  return granted;
};

/** The addresses of a name, IPv4 first. */
const resolve = async (host) => {
  const found = await lookup(host, { all: true });
  return found.sort((a, b) => a.family - b.family).map(({ address }) => address);
};

/** An address, or a range of them: `10.0.0.0/8`. */
const range = (text) => {
  const [address, bits, more] = text.split('/');
  const version = isIP(address);
  const widest = version === 6 ? 128 : 32;
  const prefix = bits === undefined ? widest : Number(bits);
  if (!version || more !== undefined || bits === '' || !Number.isInteger(prefix) || prefix < 0 || prefix > widest) {
    throw wrongValue('network.blacklistIPs', text, 'an address such as 10.0.0.1, or a range of them: 10.0.0.0/8');
  }
  const list = new BlockList();
  list.addSubnet(address, prefix, `ipv${version}`);
  return { text, has: (other) => list.check(other, `ipv${isIP(other)}`) };
};
