// The global names of a script.

const STARTED = [__VU, __ITER, typeof __ENV.CASE];

export function names() {
  const present = ['console', 'crypto', 'TextEncoder', 'TextDecoder', 'setTimeout', 'queueMicrotask', 'structuredClone', 'AbortController', 'Event', 'EventTarget', 'DOMException', 'URL', 'URLSearchParams', 'performance', 'atob', 'btoa', 'global', 'globalThis'];
  console.log(present.filter((name) => typeof globalThis[name] === 'undefined').join());
  const absent = ['WebSocket', 'Blob', 'fetch', 'process', 'window', 'document', 'native', '__wasock'];
  console.log(absent.filter((name) => typeof globalThis[name] !== 'undefined').join());
  console.log(global === globalThis);
}

export function ofTheVu() {
  console.log(STARTED.join(), __VU, __ITER);
}

export function environment() {
  console.log(__ENV.MINE, typeof __ENV.MISSING);
  __ENV.MINE = 'changed';
  console.log(__ENV.MINE);
}

export function printing() {
  console.log();
  console.log('a', 1, true, null, undefined, 1.5, 5n);
  console.log({ a: [1, 'x'], b: null, f: () => {}, u: undefined, 'odd key': {} });
  console.log([], [undefined], {}, new Date(0), new Error('broken'), /x/g);
  console.log(new Uint8Array([1, 2]), new Uint8Array([1, 2]).buffer, new Map([['k', 1]]), new Set([1]));
  const cycle = { name: 'me' };
  cycle.self = cycle;
  console.log(cycle);
}

export function levels() {
  console.log('log');
  console.info('info');
  console.debug('debug');
  console.warn('warn');
  console.error('error');
}

export function oddTexts() {
  console.log('a "quoted" text');
  console.log('two\nlines');
  console.log('');
  console.log('žluťoučký 🐎 \ud800');
  console.log('tab\tbackslash\\');
}

export function clocks() {
  const [wall, steady] = [Date.now(), performance.now()];
  console.log(wall > 1_600_000_000_000, new Date().getFullYear() >= 2020);
  while (performance.now() - steady < 5);
  console.log(Date.now() - wall >= 4, Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 1000);
}

export function language() {
  class Counted {
    static #count = 0;
    #own = 1;
    static {
      Counted.#count = 5;
    }
    get sum() {
      return Counted.#count + this.#own;
    }
  }
  const object = { a: null };
  object.a ??= 'set';
  console.log(new Counted().sum, object.a, [3, 1, 2].toSorted().join(), 'aXbX'.replaceAll('X', '-'), [1, [2]].flat().at(-1));
  console.log(2n ** 70n, /(?<year>\d{4})/.exec('in 2026').groups.year, new Error('x', { cause: 'y' }).cause);
}

export async function asyncLanguage() {
  async function* numbers() {
    yield 1;
    yield 2;
  }
  let sum = 0;
  for await (const number of numbers()) sum += number;
  const settled = await Promise.allSettled([Promise.resolve(1), Promise.reject(2)]);
  console.log(sum, settled.map((one) => one.status).join());
}

export function deepRecursion() {
  const dive = (depth) => 1 + dive(depth + 1);
  try {
    dive(0);
  } catch (error) {
    console.log(error instanceof RangeError, error.message);
  }
}

export function globalsSurviveAnIteration() {
  globalThis.count = (globalThis.count ?? 0) + 1;
  console.log(globalThis.count);
}
