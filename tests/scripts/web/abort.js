// AbortController and AbortSignal. https://dom.spec.whatwg.org/#aborting-ongoing-activities

import { caught, equal, runAll, throws } from './subtests.js';

const abortable = () => {
  const controller = new AbortController();
  return [controller, controller.signal];
};

export const aborting = () => runAll({
  'a new signal': () => {
    const [controller, signal] = abortable();
    equal([signal.aborted, signal.reason, signal.onabort, controller.signal === signal, signal instanceof EventTarget], [false, undefined, null, true, true]);
    equal(signal.throwIfAborted(), undefined);
  },
  'abort': () => {
    const [controller, signal] = abortable();
    equal(controller.abort(), undefined);
    equal([signal.aborted, signal.reason.name, signal.reason.code, signal.reason instanceof DOMException], [true, 'AbortError', 20, true]);
    equal(caught(() => signal.throwIfAborted()), signal.reason);
  },
  'abort with a reason': () => {
    for (const reason of [null, 0, '', 'why', {}]) {
      const [controller, signal] = abortable();
      controller.abort(reason);
      equal([signal.aborted, signal.reason, caught(() => signal.throwIfAborted())], [true, reason, reason]);
    }
  },
  'it is told once, by a trusted event': () => {
    const [controller, signal] = abortable();
    const seen = [];
    signal.addEventListener('abort', (event) => seen.push(event.type, event.isTrusted, event.target === signal, event.bubbles, event.constructor === Event, signal.aborted));
    controller.abort();
    controller.abort('again');
    equal(seen, ['abort', true, true, false, true, true]);
    equal(signal.reason.name, 'AbortError');
  },
  'onabort': () => {
    const [controller, signal] = abortable();
    let receiver;
    signal.onabort = function () { receiver = this; };
    controller.abort();
    equal(receiver, signal);
    signal.onabort = 1;
    equal(signal.onabort, null);
  },
  'AbortSignal.abort': () => {
    equal([AbortSignal.abort().aborted, AbortSignal.abort().reason.name, AbortSignal.abort(1).reason, AbortSignal.abort(undefined).reason.name], [true, 'AbortError', 1, 'AbortError']);
  },
  'AbortSignal.timeout': async () => {
    const signal = AbortSignal.timeout(1);
    equal(signal.aborted, false);
    await new Promise((resolve) => { signal.onabort = resolve; });
    equal([signal.reason.name, signal.reason.code], ['TimeoutError', 23]);
  },
  'AbortSignal.timeout takes integers from 0': () => {
    for (const delay of [-1, NaN, Infinity, 'x', 2 ** 53, {}, undefined]) throws(TypeError, () => AbortSignal.timeout(delay));
    throws(TypeError, () => AbortSignal.timeout(1n));
  },
  'AbortSignal.any of none never aborts': () => equal(AbortSignal.any([]).aborted, false),
  'AbortSignal.any takes a sequence of signals': () => {
    for (const value of [undefined, null, 1, 'x', {}, [1], [null], new AbortController()]) throws(TypeError, () => AbortSignal.any(value));
    equal(AbortSignal.any(new Set([AbortSignal.abort(7)])).reason, 7);
  },
  'AbortSignal.any is aborted by the first that is': () => {
    const any = AbortSignal.any([new AbortController().signal, AbortSignal.abort(1), AbortSignal.abort(2)]);
    equal([any.aborted, any.reason], [true, 1]);
  },
  'AbortSignal.any follows its sources': () => {
    const [one, first] = abortable();
    const [two, second] = abortable();
    const any = AbortSignal.any([first, second, first]);
    let calls = 0;
    any.onabort = () => { calls += 1; };
    two.abort('two');
    one.abort('one');
    equal([any.aborted, any.reason, calls], [true, 'two', 1]);
  },
  'all dependent signals are aborted before any is told, in the order of their making': () => {
    const [controller, signal] = abortable();
    const seen = [];
    const a = AbortSignal.any([signal]);
    const b = AbortSignal.any([a]);
    const c = AbortSignal.any([b, signal]);
    for (const [name, one] of Object.entries({ b, c, a, signal })) {
      one.onabort = () => seen.push(`${name}${[signal, a, b, c].every(({ aborted }) => aborted)}`);
    }
    controller.abort();
    equal(seen, ['signaltrue', 'atrue', 'btrue', 'ctrue']);
  },
  'a listener may abort again': () => {
    const [controller, signal] = abortable();
    let calls = 0;
    signal.onabort = () => {
      calls += 1;
      controller.abort();
    };
    controller.abort();
    equal(calls, 1);
  },
});
