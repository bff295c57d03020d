// The command.

import { HostError } from '../../core/host-error.js';
import { reportLines } from '../../core/vu/report.js';
import { run, StageError } from '../run.js';
import { version } from '../version.js';
import { HELP } from './help.js';
import { readOptions } from './options.js';

/** The exit codes are those of wasock. */
const EXIT = { success: 0, wrong: 104, interrupted: 105, exception: 107, abort: 108, fail: 110, other: 255 };

/** Runs the command; returns the exit code. */
export const main = async (args) => {
  // Whoever reads the output may have enough of it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit(EXIT.success));
  try {
    const options = readOptions(args);
    if (options.help) return print(HELP);
    if (options.version) return print(`wasock-node ${version}\n`);
    return await execute(options);
  } catch (error) {
    return complain(error);
  }
};

const print = (text) => {
  process.stdout.write(text);
  return EXIT.success;
};

const complain = (error) => {
  if (error instanceof StageError) return failed(error);
  const hint = error.hint ? `\nhint: ${error.hint}` : '';
  process.stderr.write(`error: ${error.message}${hint}\n`);
  return error instanceof HostError ? EXIT.wrong : EXIT.other;
};

const failed = ({ stage, message, trace, interrupted }) => {
  if (interrupted) return EXIT.interrupted;
  // A stack may begin with the message.
  const text = trace.startsWith(message) ? trace : [message, trace].filter((part) => part !== '').join('\n');
  process.stderr.write(`error: ${stage} failed: ${text.trimEnd()}\n`);
  return EXIT.exception;
};

const execute = async (options) => {
  const interruption = new AbortController();
  const interrupt = () => {
    // The second time nothing is waited for.
    if (interruption.signal.aborted) process.exit(EXIT.interrupted);
    interruption.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    const log = logOf(options.verbose);
    const outcome = await run(options.component, { ...options.run, log, signal: interruption.signal });
    tell(outcome, options.metrics);
    return codeOf(outcome, interruption.signal.aborted);
  } catch (error) {
    if (interruption.signal.aborted && error instanceof StageError) return EXIT.interrupted;
    throw error;
  } finally {
    process.removeListener('SIGINT', interrupt);
    process.removeListener('SIGTERM', interrupt);
  }
};

const logOf =
  (verbose) =>
  ({ level, line, error }) => {
    if (level === 'debug' && !verbose) return;
    const text = error === undefined ? line : `${line}: ${error}`;
    (level === 'error' || level === 'warn' ? process.stderr : process.stdout).write(`${text}\n`);
  };

const tell = ({ metrics, checks, verdict }, how) => {
  const lines = reportLines({ metrics, checks }).map((line) => `  ${line}\n`);
  if (how === 'text') process.stderr.write(lines.join(''));
  if (how === 'json') process.stdout.write(`${JSON.stringify({ metrics, checks, verdict })}\n`);
};

const codeOf = ({ failures, verdict }, interrupted) => {
  for (const failure of failures) if (!failure.interrupted) failed(failure);
  if (verdict) process.stderr.write(`error: the guest ${VERDICTS[verdict.kind]}: ${verdict.message}\n`);
  if (verdict) return EXIT[verdict.kind];
  if (interrupted || failures.some((failure) => failure.interrupted)) return EXIT.interrupted;
  return failures.length > 0 ? EXIT.exception : EXIT.success;
};

const VERDICTS = { abort: 'has ended the run', fail: 'has marked the run as failed' };
