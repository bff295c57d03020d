// From a target to a stream: names, TCP, TLS.
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { code } from '../core/refusal.js';
import { connectError, Failure, tlsError } from './failure.js';

/**
 * Connects to the host of a target.
 *
 * @param {object} attempt notes how far it came: `step(name)`, `peer`, `made(socket)`, `hold(stream)` for what to destroy
 *   if it is given up; `check()` fails then; `left()` are the milliseconds that are left
 */
export const dial = async (target, network, tls, attempt) => {
  const url = new URL(target.url);
  if (url.protocol === 'ws+unix:') return dialUnix(url, network, attempt);
  const secure = url.protocol === 'wss:' || url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (secure ? 443 : 80));
  const addresses = await addressesOf(host, port, network);
  attempt.check();
  attempt.step('resolved');
  const tcp = await connectAny(addresses, port, attempt);
  attempt.step('connected');
  if (!secure) return tcp;
  const stream = await secured(tcp, host, tls, attempt);
  attempt.step('secured');
  return stream;
};

/** The path of a Unix socket, and what is asked for at it: `ws+unix:///run/server.sock:/path?query`. */
export const splitUnix = (url) => {
  const [path, resource = '/'] = url.pathname.split(/:(.*)/s);
  return { path: decodeURIComponent(path), resource: `/${resource.replace(/^\/+/, '')}${url.search}` };
};

const dialUnix = async (url, network, attempt) => {
  const { path } = splitUnix(url);
  const denied = network.checkUnixSocket(path);
  if (denied) throw new Failure(code('access-denied', denied));
  const stream = await connected(connectTcp({ path, allowHalfOpen: true }), attempt);
  attempt.step('connected');
  return stream;
};

const addressesOf = async (host, port, network) => {
  const check = (denied) => {
    if (denied) throw new Failure(code('access-denied', denied));
  };
  check(network.checkName(host, port));
  let addresses = [host];
  if (!isIP(host)) {
    try {
      addresses = await network.resolve(host);
    } catch {
      throw new Failure(code('name-unresolvable'));
    }
  }
  // The first address decides; of the others those that are denied are left out.
  const [first, ...others] = addresses;
  check(network.checkAddress(host, first, port));
  return [first, ...others.filter((address) => !network.checkAddress(host, address, port))];
};

/** Tries the addresses in turn; each gets its share of the time that is left. The error is that of the last. */
const connectAny = async (addresses, port, attempt) => {
  let last;
  for (const [index, host] of addresses.entries()) {
    attempt.peer = isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
    const share = attempt.left() / (addresses.length - index);
    try {
      return await connected(connectTcp({ host, port, noDelay: true, allowHalfOpen: true }), attempt, share);
    } catch (error) {
      last = error;
    }
  }
  throw new Failure(connectError(last));
};

const connected = (socket, attempt, millis) =>
  new Promise((resolve, reject) => {
    attempt.made(socket);
    const fail = (error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = millis && setTimeout(() => fail(new Failure(code('timeout'))), Math.min(millis, 2 ** 31 - 1));
    socket.once('error', fail);
    socket.once('close', () => clearTimeout(timer));
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeListener('error', fail);
      resolve(socket);
    });
  });

const secured = (socket, host, options, attempt) =>
  new Promise((resolve, reject) => {
    const name = isIP(host) ? {} : { servername: host };
    const stream = connectTls({ ALPNProtocols: ['http/1.1'], ...options, ...name, host, socket, allowHalfOpen: true });
    attempt.hold(stream);
    const fail = (error) => {
      stream.destroy();
      reject(new Failure(tlsError(error)));
    };
    stream.once('error', fail);
    stream.once('secureConnect', () => {
      stream.removeListener('error', fail);
      resolve(stream);
    });
  });
