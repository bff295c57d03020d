/** A line of a guest's console. */
export interface Line {
  level: 'debug' | 'info' | 'warn' | 'error';
  /** `console` if the guest's program wrote it, `runtime` if its runtime reports about the program. */
  source: 'console' | 'runtime';
  line: string;
  /** What failed, if the line is about a failure. */
  error?: string;
}

/**
 * Where a guest may connect to: one or more rules. A text that a function returns forbids an attempt, and is told to the
 * guest; what is neither a text nor undefined forbids it too.
 */
export interface Network {
  /** Names that are forbidden: `example.com`, or `*.example.com` for all below it. */
  blockHostnames?: string[] | undefined;
  /** Addresses that are forbidden: `10.0.0.1`, or `10.0.0.0/8`. */
  blacklistIPs?: string[] | undefined;
  /** Is asked before a name is resolved. */
  checkName?: ((host: string, port: number) => string | undefined) | undefined;
  /** Is asked for each address of the name. */
  checkAddress?: ((host: string, address: string, port: number) => string | undefined) | undefined;
  /** Is asked for a Unix socket; without it none is granted. */
  checkUnixSocket?: ((path: string) => string | undefined) | undefined;
}

/** What a guest can cost. Sizes are in bytes, times in nanoseconds. */
export interface Limits {
  /** Payload that waits in a queue before its sockets stop reading: 1 MiB. */
  queuedBytes?: number | undefined;
  /** Events that wait in a queue before its sockets stop reading: 16,384. */
  queuedEvents?: number | undefined;
  /** Payload that waits to be sent on a socket before `send` holds the guest up: 4 MiB. */
  bufferedBytes?: number | undefined;
  /** What waits to be sent on all sockets of the guest before that: 64 MiB. */
  allBufferedBytes?: number | undefined;
  /** Event queues: 64. */
  queues?: number | undefined;
  /** Sockets that are not closed: 65,536. */
  sockets?: number | undefined;
  /** Timers: 65,536. */
  timers?: number | undefined;
  /** The longest message that is accepted: 64 MiB. */
  messageSize?: number | undefined;
  /** How long an attempt to connect may take: a minute. */
  connectTimeout?: bigint | undefined;
  /** How long the peer may take to answer a close frame: 10 seconds. */
  closeTimeout?: bigint | undefined;
}

/** Those options of `tls.connect` that are of use here; the others may be given too. */
export interface TlsOptions {
  /** Certificates to trust instead of those of Node.js, in PEM. */
  ca?: string | Uint8Array | (string | Uint8Array)[] | undefined;
  /** The certificate to show, and its key, in PEM. */
  cert?: string | Uint8Array | undefined;
  key?: string | Uint8Array | undefined;
  passphrase?: string | undefined;
  /** False trusts any certificate. */
  rejectUnauthorized?: boolean | undefined;
  minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  maxVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  [option: string]: unknown;
}

export interface GuestOptions {
  /** Where the guest may connect to: `all`, or rules. Nowhere without it. */
  network?: 'all' | Network | undefined;
  /** Its variables. It gets no others. */
  env?: Record<string, string> | undefined;
  /** Files and folders that it may read. None without it. */
  files?: string[] | undefined;
  /** Takes the lines of its console. Without it they go to standard output, warnings and errors to standard error. */
  log?: ((line: Line) => void) | undefined;
  /** Bounds that differ from the defaults. */
  limits?: Limits | undefined;
  /** Options of `tls.connect`: `ca`, say, or `rejectUnauthorized`. */
  tls?: TlsOptions | undefined;
  /** What servers are told where the guest sets no `User-Agent`. */
  userAgent?: string | undefined;
  /** How it waits. By default by JSPI where there is one, else by stopping a thread of its own. */
  waiting?: 'jspi' | 'blocking' | undefined;
  /** Whether it has a thread of its own. Who waits by blocking needs one; who waits by JSPI has none by default. */
  thread?: boolean | undefined;
  /** Interfaces of your own that it imports, by name without version. Not for guests in threads of their own. */
  imports?: Record<string, object> | undefined;
  /** Where the JavaScript that is made of components is kept; see `cacheFolder`. */
  cache?: string | undefined;
  /** The name of the scenario that it is told. */
  scenario?: string | undefined;
}

/** The sums of a metric, by its kind. */
export type Sums = { contents: 'default' | 'time' | 'data' } & (
  | { kind: 'counter'; count: number }
  | { kind: 'gauge'; value: number; min: number; max: number }
  | { kind: 'rate'; passes: number; fails: number }
  | { kind: 'trend'; count: number; sum: number; min: number; max: number }
);

/** What a guest has measured. Times are in milliseconds. */
export interface Report {
  metrics: Record<string, Sums>;
  checks: Record<string, { passes: number; fails: number }>;
  /** What the guest has said about the run (`execution.abort`, `execution.fail`). */
  verdict?: { kind: 'abort' | 'fail'; message: string };
}

/** The stages of a test, as `wit/lifecycle.wit` has them. They fail with what the guest returns as its failure. */
export interface Lifecycle {
  init(): Promise<{ functions: string[]; options?: string }>;
  setup(): Promise<string | undefined>;
  iterate(name: string, data?: string): Promise<void>;
  teardown(data?: string): Promise<void>;
  handleSummary(data: string): Promise<{ destination: string; content: Uint8Array }[]>;
}

/** An instance of a component. */
export interface Guest {
  /** What the component exports; functions return promises. One call at a time. */
  exports: { lifecycle?: Lifecycle; [name: string]: unknown };
  /** Asks the guest to finish: its `wait` says `interrupted` from now on. */
  interrupt(): void;
  /** The next call is a new one, which nobody has asked to finish. */
  resume(): void;
  /** What it has measured so far. */
  report(): Promise<Report>;
  /** Ends it and its connections. Those that are closing may send what was accepted. */
  close(): Promise<void>;
  /** Ends it at once, if it has a thread of its own: whatever it computes. */
  stop(): Promise<void>;
}

/**
 * Makes an instance of a component, given by its path, its URL or its bytes. Any number of them live beside each other.
 *
 * @throws {HostError} it is no component, it imports what this host does not have, or an option is wrong
 */
export function instantiate(component: string | URL | Uint8Array, options?: GuestOptions): Promise<Guest>;

export interface RunOptions extends GuestOptions {
  /** The function to run: `default`. */
  exec?: string | undefined;
  /** How often, one after another: once. */
  iterations?: number | undefined;
  /** Asks the guest to finish when it is aborted; two seconds later it is stopped. */
  signal?: AbortSignal | undefined;
}

export interface Outcome extends Report {
  /** The functions that the guest has. */
  functions: string[];
  /** Its options, as JSON. */
  options?: string;
  /** Iterations, and a teardown, that did not run to their end. */
  failures: StageError[];
}

/**
 * Runs a component through the stages of a test, as one user without a load, in a thread of its own.
 *
 * @throws {StageError} `init` or `setup` failed
 * @throws {HostError} as `instantiate`
 */
export function run(component: string | URL | Uint8Array, options?: RunOptions): Promise<Outcome>;

/** A stage that did not run to its end. */
export class StageError extends Error {
  /** `failure` is what the guest returned or threw. */
  constructor(stage: string, failure: unknown);
  /** Its name. */
  stage: string;
  /** The calls that led to it, a line each; may be empty. */
  trace: string;
  /** The guest was asked to finish. */
  interrupted: boolean;
  /** The guest is gone: it has broken down, or was stopped. */
  trapped: boolean;
}

/** What is wrong with a component or an option. */
export class HostError extends Error {
  constructor(message: string, hint?: string);
  /** How to mend it, if that is known. */
  hint?: string;
}

/** Whether this Node.js can suspend WebAssembly that waits for a promise. */
export const hasJspi: boolean;

/** Where the JavaScript that is made of components is kept: `$XDG_CACHE_HOME/wasock/node`. */
export function cacheFolder(): string;
