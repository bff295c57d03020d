// Runs a guest through the stages of a test, as one user without a load.
import { HostError } from '../core/host-error.js';
import { instantiate } from './instantiate.js';
import { runOptions } from './options.js';
import { checkStages, LIFECYCLE } from './world.js';

/** How long a guest that is asked to finish may go on, in milliseconds. */
const GRACE = 2000;

/** A stage that did not run to its end. */
export class StageError extends Error {
  /**
   * @param {string} stage its name
   * @param {unknown} failure what the guest returned or threw
   */
  constructor(stage, failure) {
    const { message, trace } = wordsOf(failure);
    super(message);
    this.name = 'StageError';
    this.stage = stage;
    /** The calls that led to it, a line each; may be empty. */
    this.trace = trace;
    /** The guest was asked to finish. */
    this.interrupted = failure?.tag === 'interrupted';
    /** The guest is gone. */
    this.trapped = failure?.tag === undefined;
  }
}

const wordsOf = (failure) => {
  if (failure?.tag === 'interrupted') return { message: 'interrupted', trace: '' };
  if (failure?.tag === 'exception') return { message: failure.val.message, trace: failure.val.stack };
  const message = failure?.message ?? String(failure);
  return { message: `the guest was stopped: ${message}`, trace: '' };
};

/** Runs a component. `index.d.ts` has the options. */
export const run = async (component, given = {}) => {
  const { exec = 'default', iterations = 1, signal, ...options } = runOptions(given);
  const guest = await instantiate(component, { thread: true, ...options });
  const stopping = listen(signal, guest);
  try {
    checkGuest(guest, component);
    const outcome = await stages(guest, exec, iterations, signal);
    stopping.end();
    // What it still has open ends, and counts.
    await guest.close();
    const report = await guest.report().catch(() => ({ metrics: {}, checks: {} }));
    return { ...outcome, ...report };
  } finally {
    stopping.end();
    await guest.close();
  }
};

/** Who is asked to finish and does not is stopped. */
const listen = (signal, guest) => {
  let timer;
  const interrupt = () => {
    guest.interrupt();
    timer = setTimeout(() => guest.stop(), GRACE);
  };
  signal?.addEventListener('abort', interrupt, { once: true });
  if (signal?.aborted) interrupt();
  const end = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', interrupt);
  };
  return { end, spare: () => clearTimeout(timer) };
};

/** Names among a guest's functions that are stages, and none to iterate. */
const NO_FUNCTIONS = ['setup', 'teardown', 'handleSummary'];

/** A test has all stages. */
const checkGuest = ({ exports }, component) => {
  const name = component instanceof Uint8Array ? 'the component' : String(component);
  const camelCase = (stage) => stage.replace(/-(.)/, (_, letter) => letter.toUpperCase());
  checkStages((stage) => exports[LIFECYCLE]?.[camelCase(stage)] !== undefined, name);
};

const stages = async (guest, exec, iterations, signal) => {
  const { lifecycle } = guest.exports;
  const stage = async (name, call) => {
    try {
      return await call();
    } catch (failure) {
      throw new StageError(name, failure);
    }
  };
  const { functions, options } = await stage('init', () => lifecycle.init());
  const runnable = functions.filter((name) => !NO_FUNCTIONS.includes(name));
  if (!runnable.includes(exec)) {
    throw new HostError(`the guest has no function "${exec}"`, `there are ${runnable.join(', ')}`);
  }
  const has = (name) => functions.includes(name);
  const data = has('setup') ? await stage('setup', () => lifecycle.setup()) : undefined;
  const failures = await iterate(lifecycle, exec, data, iterations, signal);
  // After a trap there is no guest any more.
  if (failures.some((failure) => failure.trapped)) return { functions, options, failures };
  // What was interrupted is over; the end of the test is a call of its own.
  guest.resume();
  if (has('teardown')) await stage('teardown', () => lifecycle.teardown(data)).catch((error) => failures.push(error));
  return { functions, options, failures };
};

const iterate = async (lifecycle, exec, data, iterations, signal) => {
  const failures = [];
  for (let number = 0; number < iterations && !signal?.aborted; number += 1) {
    try {
      await lifecycle.iterate(exec, data);
    } catch (failure) {
      failures.push(new StageError('iterate', failure));
      if (failure?.tag !== 'exception') break;
    }
  }
  return failures;
};
