// The global timers, and the modules that give them by import.

import { setTimeout as fromModule } from 'k6/timers';
import timers, * as namespace from 'k6/timers';
import * as experimental from 'k6/experimental/timers';
import { sleep } from 'k6';

const elapsedSince = (start) => Date.now() - start;

setTimeout(() => {
  globalThis.ranAtInit = true;
}, 1);

export function atInit() {
  console.log(globalThis.ranAtInit);
}

export function imports() {
  const names = ['clearInterval', 'clearTimeout', 'setInterval', 'setTimeout'];
  const all = [namespace, timers, experimental, experimental.default];
  console.log(all.map((module) => names.every((name) => module[name] === globalThis[name])).join());
  console.log(fromModule === setTimeout);
}

export function order() {
  const log = (text) => () => console.log(text);
  setTimeout(log('20'), 20);
  setTimeout(log('0 first'), 0);
  setTimeout(log('1'), 1);
  setTimeout(log('none'));
  setTimeout(log('negative'), -5);
  setTimeout(log('10'), 10);
  setTimeout(log('10 again'), '10');
  Promise.resolve().then(log('microtask'));
  console.log('synchronous');
}

export function delays() {
  const start = Date.now();
  setTimeout(() => console.log(elapsedSince(start) >= 49, elapsedSince(start) < 1000), 50);
}

export function argumentsAndReceiver() {
  setTimeout(
    function (...args) {
      console.log(args.join(), this === globalThis);
    },
    1,
    'a',
    2,
  );
}

export function identifiers() {
  const ids = [setTimeout(() => {}), setInterval(() => {}, 1000)];
  clearInterval(ids[1]);
  try {
    setTimeout();
  } catch {}
  ids.push(setTimeout(() => {}));
  console.log(ids.map((id) => id - ids[0]).join(), typeof ids[0], ids[0] >= 1);
}

export function refusedCallbacks() {
  for (const callback of [undefined, null, 'console.log(1)', {}, 1]) {
    for (const timer of [setTimeout, setInterval]) {
      try {
        timer(callback, 1);
        console.log('set');
      } catch (error) {
        console.log(`${error.name}: ${error.message}`);
      }
    }
  }
}

export function clearing() {
  const never = () => console.log('never');
  clearTimeout(setTimeout(never, 1));
  clearInterval(setTimeout(never, 1));
  clearTimeout(setInterval(never, 1));
  const second = setTimeout(never, 5);
  setTimeout(() => clearTimeout(second), 5 - 4);
  for (const id of [undefined, null, 0, -1, 12345, 1.5, NaN, 'x', {}]) clearTimeout(id);
  setTimeout(() => console.log('end'), 20);
}

export function interval() {
  let ticks = 0;
  const id = setInterval(
    (text) => {
      ticks += 1;
      console.log(text, ticks);
      if (ticks === 3) clearInterval(id);
    },
    2,
    'tick',
  );
}

/** k6's intervals drift by the time that their callbacks take; these keep to their grid. */
export function intervalKeepsItsGrid() {
  const start = performance.now();
  let ticks = 0;
  const id = setInterval(() => {
    ticks += 1;
    const begin = performance.now();
    while (performance.now() - begin < 10);
    if (ticks < 8) return;
    clearInterval(id);
    const elapsed = performance.now() - start;
    console.log(elapsed >= 160 && elapsed < 230);
  }, 20);
}

export function microtasksRunBetweenTimers() {
  setTimeout(() => {
    Promise.resolve().then(() => console.log('microtask of the first'));
    console.log('first');
  }, 1);
  setTimeout(() => console.log('second'), 1);
}

export function pendingTimerKeepsTheIteration() {
  setTimeout(() => setTimeout(() => console.log('nested'), 10), 10);
  console.log('returned');
}

export async function awaited() {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    console.log(i);
  }
}

export function promiseThatNeverSettles() {
  new Promise(() => {}).then(() => console.log('never'));
  return new Promise(() => {});
}

export function exception() {
  setTimeout(() => console.log('never'), 100);
  setTimeout(() => {
    throw new TypeError('in a timer');
  }, 1);
}

export function rejection() {
  Promise.reject(new Error('unheard'));
}

export function rejectionThatIsHeardLater() {
  const promise = Promise.reject(new Error('heard'));
  Promise.resolve().then(() => promise.catch((error) => console.log(error.message)));
}

export function rejectionOfTheFunction() {
  return Promise.reject('only a text');
}

export function sleepBlocksTimers() {
  const start = Date.now();
  setTimeout(() => console.log('timer', elapsedSince(start) >= 99), 1);
  sleep(0.1);
  console.log('slept', elapsedSince(start) >= 99);
}

export function endOfTheIterationDropsNothing() {
  let left = 50;
  for (let i = 0; i < 50; i++) {
    setTimeout(() => {
      left -= 1;
      if (left === 0) console.log('all ran');
    }, i % 7);
  }
}
