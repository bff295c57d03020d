// WASI 0.2 for guests whose toolchain needs it, with everything closed: clocks, random numbers and the variables of the
// guest; no files, no network. What a guest writes to standard output and error are lines of the log.
//
// jco's own shim opens the files, the variables and the terminal of the process, and stops its thread to wait.
import { dispose } from './client.js';

/** How many bytes a guest may write in one call. */
const PERMIT = 65_536n;

/** The longest line, in bytes: what is written without an end is cut there. */
const LONGEST_LINE = 65_536;

const LINE_BREAK = 10;

/** Takes bytes, and writes them line by line. */
class Lines {
  #write;
  #bytes = [];

  constructor(write) {
    this.#write = write;
  }

  take(bytes) {
    for (const byte of bytes) {
      if (byte === LINE_BREAK || this.#bytes.length >= LONGEST_LINE) this.end();
      if (byte !== LINE_BREAK) this.#bytes.push(byte);
    }
  }

  end() {
    const text = new TextDecoder().decode(Uint8Array.from(this.#bytes));
    this.#bytes = [];
    this.#write(text.replace(/\r$/, ''));
  }

  /** Writes what has no line break behind it. */
  flush() {
    if (this.#bytes.length > 0) this.end();
  }
}

const NANOS = 1_000_000_000n;

/** What is ready at once, or at a moment of the clock. */
const pollables = (client) => {
  class Pollable {
    #due;
    constructor(due) {
      this.#due = due;
    }
    get due() {
      return this.#due;
    }
    ready() {
      return this.#due === undefined || client.now() >= this.#due;
    }
    block() {
      return client.waiter.run(untilReady([this]));
    }
    [dispose]() {}
  }

  function* untilReady(pollables) {
    for (;;) {
      const ready = pollables.flatMap((pollable, place) => (pollable.ready() ? [place] : []));
      if (ready.length > 0) return Uint32Array.from(ready);
      const dues = pollables.map(({ due }) => due);
      yield dues.reduce((earliest, due) => (due < earliest ? due : earliest));
    }
  }
  return { Pollable, poll: (list) => client.waiter.run(untilReady(list)) };
};

const denied = () => {
  throw 'access-denied';
};

const unsupported = () => {
  throw 'not-supported';
};

/**
 * The interfaces that guests' runtimes import.
 *
 * @param {import('./client.js').Client} client
 * @param {{ env: Record<string, string>, write: (line: object) => void }} parts
 * @returns {{ imports: object, flush: () => void }} `flush` writes what has no line break behind it
 */
export const wasi = (client, { env, write }) => {
  const { Pollable, poll } = pollables(client);
  const lines = (level) => new Lines((line) => write({ level, source: 'console', line }));
  const [stdout, stderr] = [lines('info'), lines('error')];

  class OutputStream {
    #lines;
    constructor(to) {
      this.#lines = to;
    }
    checkWrite() {
      return PERMIT;
    }
    write(bytes) {
      this.#lines.take(bytes);
    }
    blockingWriteAndFlush(bytes) {
      this.#lines.take(bytes);
    }
    flush() {}
    blockingFlush() {}
    subscribe() {
      return new Pollable();
    }
    [dispose]() {}
  }

  class InputStream {
    read() {
      throw { tag: 'closed' };
    }
    blockingRead() {
      throw { tag: 'closed' };
    }
    subscribe() {
      return new Pollable();
    }
    [dispose]() {}
  }

  class Network {}
  const bytes = (length) => {
    const all = new Uint8Array(Number(length));
    for (let start = 0; start < all.length; start += 65_536) {
      crypto.getRandomValues(all.subarray(start, start + 65_536));
    }
    return all;
  };
  const wall = () => {
    const millis = performance.timeOrigin + performance.now();
    const nanos = BigInt(Math.round(millis * 1000)) * 1000n;
    return { seconds: nanos / NANOS, nanoseconds: Number(nanos % NANOS) };
  };
  const imports = {
    'wasi:cli/environment': {
      getEnvironment: () => Object.entries(env),
      getArguments: () => [],
      initialCwd: () => undefined,
    },
    'wasi:cli/exit': {
      exit: ({ tag }) => {
        throw new Error(`the guest has ended itself${tag === 'ok' ? '' : ' with a failure'}`);
      },
    },
    'wasi:cli/stdin': { getStdin: () => new InputStream() },
    'wasi:cli/stdout': { getStdout: () => new OutputStream(stdout) },
    'wasi:cli/stderr': { getStderr: () => new OutputStream(stderr) },
    'wasi:cli/terminal-input': { TerminalInput: class TerminalInput {} },
    'wasi:cli/terminal-output': { TerminalOutput: class TerminalOutput {} },
    'wasi:cli/terminal-stdin': { getTerminalStdin: () => undefined },
    'wasi:cli/terminal-stdout': { getTerminalStdout: () => undefined },
    'wasi:cli/terminal-stderr': { getTerminalStderr: () => undefined },
    'wasi:clocks/monotonic-clock': {
      now: () => client.now(),
      resolution: () => 1000n,
      subscribeInstant: (due) => new Pollable(due),
      subscribeDuration: (duration) => new Pollable(client.now() + duration),
    },
    'wasi:clocks/wall-clock': { now: wall, resolution: () => ({ seconds: 0n, nanoseconds: 1000 }) },
    'wasi:io/error': { Error: class IoError {} },
    'wasi:io/poll': { Pollable, poll },
    'wasi:io/streams': { InputStream, OutputStream },
    'wasi:filesystem/preopens': { getDirectories: () => [] },
    'wasi:filesystem/types': {
      Descriptor: class Descriptor {},
      DirectoryEntryStream: class DirectoryEntryStream {},
      filesystemErrorCode: () => undefined,
    },
    'wasi:random/random': {
      getRandomBytes: bytes,
      getRandomU64: () => crypto.getRandomValues(new BigUint64Array(1))[0],
    },
    'wasi:random/insecure': {
      getInsecureRandomBytes: bytes,
      getInsecureRandomU64: () => crypto.getRandomValues(new BigUint64Array(1))[0],
    },
    'wasi:random/insecure-seed': {
      insecureSeed: () => [...crypto.getRandomValues(new BigUint64Array(2))],
    },
    'wasi:sockets/network': { Network },
    'wasi:sockets/instance-network': { instanceNetwork: () => new Network() },
    'wasi:sockets/ip-name-lookup': { ResolveAddressStream: class ResolveAddressStream {}, resolveAddresses: denied },
    'wasi:sockets/tcp': { TcpSocket: class TcpSocket {} },
    'wasi:sockets/tcp-create-socket': { createTcpSocket: unsupported },
    'wasi:sockets/udp': {
      UdpSocket: class UdpSocket {},
      IncomingDatagramStream: class IncomingDatagramStream {},
      OutgoingDatagramStream: class OutgoingDatagramStream {},
    },
    'wasi:sockets/udp-create-socket': { createUdpSocket: unsupported },
  };
  const flush = () => {
    stdout.flush();
    stderr.flush();
  };
  return { imports, flush };
};

/** The functions of WASI that wait, of this version. */
export const wasiWaiting = (version) => [
  `wasi:io/poll@${version}#[method]pollable.block`,
  `wasi:io/poll@${version}#poll`,
];
