// A program in TypeScript: `npm run lint` compiles it, so that index.d.ts has what the package has. It is not run.
import {
  cacheFolder,
  type Guest,
  type GuestOptions,
  HostError,
  hasJspi,
  instantiate,
  type Lifecycle,
  type Limits,
  type Line,
  type Network,
  type Outcome,
  type Report,
  type RunOptions,
  run,
  StageError,
  type Sums,
  type TlsOptions,
} from 'wasock-host';

const limits: Required<Limits> = {
  queuedBytes: 1,
  queuedEvents: 1,
  bufferedBytes: 1,
  allBufferedBytes: 1,
  queues: 0,
  sockets: 0,
  timers: 0,
  messageSize: 1,
  connectTimeout: 1n,
  closeTimeout: 1n,
};

/** Rules may be methods. */
class Rules implements Required<Network> {
  blockHostnames = ['*.internal.example'];
  blacklistIPs = ['10.0.0.0/8'];
  checkName(host: string, port: number) {
    return host === 'example.com' && port === 443 ? undefined : `${host}:${port} is not granted`;
  }
  checkAddress(host: string, address: string, port: number) {
    return address.startsWith('127.') ? undefined : `${host} is at ${address}:${port}`;
  }
  checkUnixSocket(path: string) {
    return path === '/run/server.sock' ? undefined : `${path} is not granted`;
  }
}

const tls: TlsOptions = {
  ca: ['PEM', new Uint8Array()],
  cert: 'PEM',
  key: new Uint8Array(),
  passphrase: 'croc',
  rejectUnauthorized: false,
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  servername: 'example.com',
};

const told = ({ level, source, line, error }: Line): string => `${level} ${source} ${line} ${error ?? ''}`;

const options: Required<RunOptions> = {
  network: new Rules(),
  env: { WSS: 'wss://chat.example' },
  files: ['./data'],
  log: (line) => void told(line),
  limits,
  tls,
  userAgent: 'croc/1.0',
  waiting: 'blocking',
  thread: true,
  imports: { 'test:own/interface': { call: () => 1 } },
  cache: cacheFolder(),
  scenario: 'swamp',
  exec: 'default',
  iterations: 2,
  signal: new AbortController().signal,
};

/** What is undefined is not there. */
const absent: { [Name in keyof RunOptions]: undefined } = {
  network: undefined,
  env: undefined,
  files: undefined,
  log: undefined,
  limits: undefined,
  tls: undefined,
  userAgent: undefined,
  waiting: undefined,
  thread: undefined,
  imports: undefined,
  cache: undefined,
  scenario: undefined,
  exec: undefined,
  iterations: undefined,
  signal: undefined,
};

const sumOf = (sums: Sums): number => {
  switch (sums.kind) {
    case 'counter':
      return sums.count;
    case 'gauge':
      return sums.value + sums.min + sums.max;
    case 'rate':
      return sums.passes / (sums.passes + sums.fails);
    default:
      return sums.sum / sums.count + sums.min + sums.max;
  }
};

const tell = ({ metrics, checks, verdict }: Report): string[] => [
  ...Object.entries(metrics).map(([name, sums]) => `${name} ${sums.contents} ${sumOf(sums)}`),
  ...Object.entries(checks).map(([name, { passes, fails }]) => `${name} ${passes} ${fails}`),
  ...(verdict ? [`${verdict.kind satisfies 'abort' | 'fail'} ${verdict.message}`] : []),
];

const failed = (error: unknown): string => {
  if (error instanceof StageError) {
    return `${error.stage} ${error.message} ${error.trace} ${error.interrupted} ${error.trapped}`;
  }
  return error instanceof HostError ? `${error.message} ${error.hint ?? ''}` : String(error);
};

export const runs = async (): Promise<string[]> => {
  const outcome: Outcome = await run('chat.wasm', options);
  await run(new URL('file:///chat.wasm'), absent);
  await run(new Uint8Array());
  return [...outcome.functions, outcome.options ?? '{}', ...outcome.failures.map(failed), ...tell(outcome)];
};

const stages = async (lifecycle: Lifecycle): Promise<number> => {
  const { functions, options: json } = await lifecycle.init();
  const data: string | undefined = await lifecycle.setup();
  await lifecycle.iterate(functions[0] ?? 'default', data);
  await lifecycle.iterate('default');
  await lifecycle.teardown(data);
  const files = await lifecycle.handleSummary(json ?? '{}');
  return files.reduce((sum, { destination, content }) => sum + destination.length + content.length, 0);
};

export const embeds = async (): Promise<Report> => {
  const how: GuestOptions = { network: 'all', waiting: hasJspi ? 'jspi' : 'blocking' };
  const guest: Guest = await instantiate('chat.wasm', how);
  if (guest.exports.lifecycle) await stages(guest.exports.lifecycle);
  guest.interrupt();
  guest.resume();
  const report = await guest.report();
  await guest.close();
  await guest.stop();
  return report;
};

/** What is wrong is wrong for the compiler too. */
export const mistakes: (() => unknown)[] = [
  // @ts-expect-error a component is needed
  () => run(),
  // @ts-expect-error it is no number
  () => run(5),
  // @ts-expect-error an option is misspelt
  () => run('a.wasm', { netwrok: 'all' }),
  // @ts-expect-error there is no such network
  () => run('a.wasm', { network: 'none' }),
  // @ts-expect-error a rule is misspelt
  () => run('a.wasm', { network: { blockHostname: ['a.test'] } }),
  // @ts-expect-error names are an array
  () => run('a.wasm', { network: { blockHostnames: 'a.test' } }),
  // @ts-expect-error a rule returns a text or nothing
  () => run('a.wasm', { network: { checkName: () => true } }),
  // @ts-expect-error a rule does not return a promise
  () => run('a.wasm', { network: { checkAddress: async () => undefined } }),
  // @ts-expect-error variables are texts
  () => run('a.wasm', { env: { A: 1 } }),
  // @ts-expect-error files are an array
  () => run('a.wasm', { files: '/tmp' }),
  // @ts-expect-error a limit is misspelt
  () => run('a.wasm', { limits: { sockts: 1 } }),
  // @ts-expect-error times are bigints of nanoseconds
  () => run('a.wasm', { limits: { connectTimeout: 1000 } }),
  // @ts-expect-error sizes are numbers
  () => run('a.wasm', { limits: { messageSize: 1n } }),
  // @ts-expect-error there is no such way to wait
  () => run('a.wasm', { waiting: 'long' }),
  // @ts-expect-error only a signal ends a run
  () => run('a.wasm', { signal: {} }),
  // @ts-expect-error it is a number
  () => run('a.wasm', { iterations: '2' }),
  // @ts-expect-error what a run needs is no option of an instance
  () => instantiate('a.wasm', { exec: 'default' }),
  // @ts-expect-error what is exported may not be there
  async () => (await instantiate('a.wasm')).exports.lifecycle.init(),
  // @ts-expect-error a counter has no least value
  (sums: Sums & { kind: 'counter' }) => sums.min,
];
