// A program in TypeScript: `npm run lint` compiles it, so that the declarations have what the package has. It is not run.
import type * as node from 'wasock-host';
import {
  type Guest,
  type GuestOptions,
  HostError,
  hasJspi,
  instantiate,
  type Lifecycle,
  type Limits,
  type Line,
  type Network,
  type Report,
  type Sums,
} from 'wasock-host-browser';
import { site } from 'wasock-host-browser/site';

/** Rules may be methods. */
class Rules implements Required<Network> {
  blockHostnames = ['*.internal.example'];
  checkName(host: string, port: number) {
    return host === 'example.com' && port === 443 ? undefined : `${host}:${port} is not granted`;
  }
}

const limits: Limits = { sockets: 1, closeTimeout: 1_000_000_000n };

const options: Required<GuestOptions> = {
  network: new Rules(),
  env: { WSS: 'wss://chat.example' },
  log: ({ level, source, line, error }: Line) => console[level](source, line, error),
  limits,
  scenario: 'swamp',
  wrap: (imports) => ({ ...imports, 'test:own/interface': { call: () => 1 } }),
};

/** What is undefined is not there. */
const absent: { [Name in keyof GuestOptions]: undefined } = {
  network: undefined,
  env: undefined,
  log: undefined,
  limits: undefined,
  scenario: undefined,
  wrap: undefined,
};

const stages = async ({ init, setup, iterate, teardown, handleSummary }: Lifecycle): Promise<number> => {
  const { functions } = await init();
  const data = await setup();
  await iterate(functions[0] ?? 'default', data);
  await teardown(data);
  return (await handleSummary('{}')).length;
};

export const embeds = async (): Promise<Sums | undefined> => {
  if (!hasJspi) throw new HostError('this browser has no JSPI', 'Chromium has from version 137 on');
  const guest: Guest = await instantiate('guest/guest.mjs', options);
  if (guest.exports.lifecycle) await stages(guest.exports.lifecycle);
  guest.interrupt();
  guest.resume();
  const report: Report = await guest.report();
  guest.close();
  await instantiate(new URL('guest/guest.mjs', document.baseURI), absent);
  return report.metrics.ws_sessions;
};

export const pages = async (): Promise<number> => {
  const files: Map<string, Uint8Array> = await site('chat.wasm');
  await site(new URL('file:///chat.wasm'));
  await site(new Uint8Array());
  return files.get('index.html')?.length ?? 0;
};

/** The errors of both packages are of one class. */
export const hintOf = (error: HostError): string | undefined => (error satisfies node.HostError).hint;

/** What is wrong is wrong for the compiler too. */
export const mistakes: (() => unknown)[] = [
  // @ts-expect-error the module of a page is needed
  () => instantiate(),
  // @ts-expect-error a page has no bytes of a component
  () => instantiate(new Uint8Array()),
  // @ts-expect-error an option is misspelt
  () => instantiate('guest.mjs', { netwrok: 'all' }),
  // @ts-expect-error a page is not told addresses
  () => instantiate('guest.mjs', { network: { blacklistIPs: ['10.0.0.0/8'] } }),
  // @ts-expect-error a rule returns a text or nothing
  () => instantiate('guest.mjs', { network: { checkName: () => false } }),
  // @ts-expect-error variables are texts
  () => instantiate('guest.mjs', { env: { A: 1 } }),
  // @ts-expect-error times are bigints of nanoseconds
  () => instantiate('guest.mjs', { limits: { closeTimeout: 1 } }),
  // @ts-expect-error a page reads no files
  () => instantiate('guest.mjs', { files: ['/tmp'] }),
  // @ts-expect-error an object changes no imports
  () => instantiate('guest.mjs', { wrap: {} }),
  // @ts-expect-error a page has no thread that could be stopped
  (guest: Guest) => guest.stop(),
  // @ts-expect-error a component is needed
  () => site(),
];
