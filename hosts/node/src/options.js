// The options of `instantiate` and `run`: which there are, and what they may be.
import { HostError } from '../core/host-error.js';
import * as rule from '../core/options.js';
import { grantOf } from './network.js';

const GUEST = {
  network: grantOf,
  env: rule.variables,
  files: rule.texts,
  log: rule.callable,
  limits: rule.limits,
  tls: rule.object,
  userAgent: rule.field,
  waiting: rule.oneOf('jspi', 'blocking'),
  thread: rule.truth,
  imports: rule.object,
  cache: rule.name,
  scenario: rule.name,
};

const RUN = {
  ...GUEST,
  exec: rule.name,
  iterations: rule.count,
  signal: (value, name) => {
    if (!(value instanceof AbortSignal)) throw rule.wrongValue(name, value, 'an AbortSignal');
  },
};

const checked = (options, rules) => {
  rule.checkOptions(options, rules);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const network = grantOf(options.network);
  return { ...Object.fromEntries(given), ...(network && { network }) };
};

/** The options of `instantiate`, without those that are undefined; fails with a `HostError` if one is wrong. */
export const guestOptions = (options) => checked(options, GUEST);

/** The options of `run`. */
export const runOptions = (options) => checked(options, RUN);

/** Fails if options do not go with each other, or with this Node.js. */
export const checkWaiting = (waiting, { thread, imports }, hasJspi) => {
  if (waiting === 'jspi' && !hasJspi) {
    throw new HostError(`Node.js ${process.version} has no JSPI`, 'Node.js 24 has; or let guests wait by blocking');
  }
  if (waiting === 'blocking' && thread === false) {
    throw new HostError('a guest that waits by blocking needs a thread of its own', 'leave out thread: false');
  }
  if (imports && (thread || waiting === 'blocking')) {
    throw new HostError(
      'imports of your own are functions, which cannot be passed to a thread',
      'use JSPI without one',
    );
  }
};
