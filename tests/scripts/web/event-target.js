// EventTarget. https://dom.spec.whatwg.org/#interface-eventtarget

import { caught, equal, recorded, runAll, throws } from './subtests.js';

/** A target, and a list that `listener(name)` notes calls in. */
function noting() {
  const seen = [];
  return { target: new EventTarget(), seen, listener: (name) => () => seen.push(name) };
}

export const dispatching = () => runAll({
  'it returns whether nobody has cancelled': () => {
    const target = new EventTarget();
    target.addEventListener('x', (event) => event.preventDefault());
    equal([target.dispatchEvent(new Event('x')), target.dispatchEvent(new Event('x', { cancelable: true })), target.dispatchEvent(new Event('y', { cancelable: true }))], [true, false, true]);
  },
  'returnValue cancels, and only a false value does': () => {
    const event = new Event('x', { cancelable: true });
    event.returnValue = true;
    equal(event.defaultPrevented, false);
    event.returnValue = 0;
    equal([event.defaultPrevented, event.returnValue], [true, false]);
    event.returnValue = true;
    equal(event.defaultPrevented, true);
  },
  'cancelBubble stops, and cannot be taken back': () => {
    const event = new Event('x');
    event.cancelBubble = true;
    event.cancelBubble = false;
    equal(event.cancelBubble, true);
  },
  'attributes during and after it': () => {
    const target = new EventTarget();
    const event = new Event('x');
    target.addEventListener('x', function (given) {
      equal([given, this, given.target, given.srcElement, given.currentTarget, given.eventPhase], [event, target, target, target, target, Event.AT_TARGET]);
      equal(given.composedPath(), [target]);
    });
    target.dispatchEvent(event);
    equal([event.target, event.currentTarget, event.eventPhase, event.composedPath().length], [target, null, Event.NONE, 0]);
  },
  'an event without listeners gets its target': () => {
    const target = new EventTarget();
    const event = new Event('x');
    event.stopPropagation();
    target.dispatchEvent(event);
    equal([event.target, event.cancelBubble], [target, false]);
  },
  'an event that is dispatched cannot be dispatched': () => {
    const target = new EventTarget();
    let name;
    target.addEventListener('x', (event) => {
      name = caught(() => target.dispatchEvent(event)).name;
    });
    target.dispatchEvent(new Event('x'));
    equal(name, 'InvalidStateError');
  },
  'an event can be dispatched again, and elsewhere': () => {
    const { target, seen, listener } = noting();
    const other = new EventTarget();
    target.addEventListener('x', listener('first'));
    other.addEventListener('x', listener('second'));
    const event = new Event('x');
    for (const one of [target, other, target]) one.dispatchEvent(event);
    equal(seen, ['first', 'second', 'first']);
  },
  'another event can be dispatched meanwhile': () => {
    const { target, seen, listener } = noting();
    target.addEventListener('x', () => {
      seen.push('before');
      target.dispatchEvent(new Event('y'));
      seen.push('after');
    });
    target.addEventListener('y', listener('inner'));
    target.dispatchEvent(new Event('x'));
    equal(seen, ['before', 'inner', 'after']);
  },
  'what is no event cannot be dispatched': () => {
    const target = new EventTarget();
    for (const value of [undefined, null, {}, 'x', Object.create(Event.prototype)]) throws(TypeError, () => target.dispatchEvent(value));
  },
  'a script cannot make an event trusted': () => {
    const event = new Event('x', { isTrusted: true });
    new EventTarget().dispatchEvent(event);
    equal(event.isTrusted, false);
  },
  'stopImmediatePropagation': () => {
    const { target, seen, listener } = noting();
    target.addEventListener('x', (event) => event.stopImmediatePropagation());
    target.addEventListener('x', listener('never'));
    target.dispatchEvent(new Event('x'));
    equal(seen, []);
  },
  'stopPropagation lets the listeners of the same phase run': () => {
    const { target, seen, listener } = noting();
    target.addEventListener('x', (event) => event.stopPropagation());
    target.addEventListener('x', listener('same'));
    target.dispatchEvent(new Event('x'));
    equal(seen, ['same']);
    target.addEventListener('y', (event) => event.stopPropagation(), true);
    target.addEventListener('y', listener('capturing'), true);
    target.addEventListener('y', listener('never'));
    target.dispatchEvent(new Event('y'));
    equal(seen, ['same', 'capturing']);
  },
  'an event that was stopped before reaches nobody, once': () => {
    const { target, seen, listener } = noting();
    target.addEventListener('x', listener('called'));
    const event = new Event('x');
    event.stopPropagation();
    target.dispatchEvent(event);
    equal(seen, []);
    target.dispatchEvent(event);
    equal(seen, ['called']);
  },
});

export const listening = () => runAll({
  'the order is that of adding, capturing ones first': () => {
    const { target, seen, listener } = noting();
    target.addEventListener('x', listener('1'));
    target.addEventListener('x', listener('2'), true);
    target.addEventListener('x', listener('3'));
    target.addEventListener('x', listener('4'), { capture: true });
    target.dispatchEvent(new Event('x'));
    equal(seen, ['2', '4', '1', '3']);
  },
  'a listener counts once for each phase': () => {
    const { target, seen, listener } = noting();
    const one = listener('x');
    for (const options of [undefined, false, true, { once: true }, { capture: true }, {}]) target.addEventListener('x', one, options);
    target.dispatchEvent(new Event('x'));
    equal(seen.length, 2);
  },
  'options: everything that is true captures': () => {
    const { target, seen, listener } = noting();
    const capturing = [true, 1, 'x', { capture: 1 }, Object.assign(() => {}, { capture: true })];
    const not = [false, 0, '', null, undefined, {}, () => {}, { capture: 0 }];
    for (const options of not) target.addEventListener('x', listener('not'), options);
    for (const options of capturing) target.addEventListener('x', listener('capturing'), options);
    target.dispatchEvent(new Event('x'));
    equal(seen, [...capturing.map(() => 'capturing'), ...not.map(() => 'not')]);
  },
  'options are read in order': () => {
    const seen = [];
    const options = recorded({ capture: false, once: false, passive: false, signal: undefined }, seen);
    new EventTarget().addEventListener('x', () => {}, options);
    equal(seen, ['capture', 'once', 'passive', 'signal']);
    seen.length = 0;
    new EventTarget().removeEventListener('x', () => {}, options);
    equal(seen, ['capture']);
  },
  'options are read even if there is no listener': () => {
    const seen = [];
    new EventTarget().addEventListener('x', null, recorded({ capture: false, once: false }, seen));
    equal(seen, ['capture', 'once']);
  },
  'a listener must be an object, a function, null or undefined': () => {
    const target = new EventTarget();
    for (const listener of [null, undefined, {}, () => {}]) equal(target.addEventListener('x', listener), undefined);
    for (const listener of [1, 'x', true, Symbol('s')]) throws(TypeError, () => target.addEventListener('x', listener));
    for (const listener of [1, 'x', true]) throws(TypeError, () => target.removeEventListener('x', listener));
  },
  'once': () => {
    const { target, seen, listener } = noting();
    target.addEventListener('x', listener('once'), { once: true });
    target.dispatchEvent(new Event('x'));
    target.dispatchEvent(new Event('x'));
    equal(seen, ['once']);
  },
  'a listener with once is gone before it is called': () => {
    const target = new EventTarget();
    let calls = 0;
    target.addEventListener('x', () => {
      calls += 1;
      if (calls < 5) target.dispatchEvent(new Event('x'));
    }, { once: true });
    target.dispatchEvent(new Event('x'));
    equal(calls, 1);
  },
  'a passive listener cannot cancel': () => {
    const target = new EventTarget();
    target.addEventListener('x', (event) => {
      event.preventDefault();
      event.returnValue = false;
    }, { passive: true });
    equal(target.dispatchEvent(new Event('x', { cancelable: true })), true);
    target.addEventListener('x', (event) => event.preventDefault());
    equal(target.dispatchEvent(new Event('x', { cancelable: true })), false);
  },
  'signal': () => {
    const { target, seen, listener } = noting();
    const controller = new AbortController();
    target.addEventListener('x', listener('x'), { signal: controller.signal });
    target.dispatchEvent(new Event('x'));
    controller.abort();
    target.dispatchEvent(new Event('x'));
    target.addEventListener('x', listener('never'), { signal: controller.signal });
    target.dispatchEvent(new Event('x'));
    equal(seen, ['x']);
  },
  'signal: what is none throws, even null': () => {
    for (const signal of [null, {}, 1, new EventTarget()]) throws(TypeError, () => new EventTarget().addEventListener('x', () => {}, { signal }));
    throws(TypeError, () => new EventTarget().addEventListener('x', null, { signal: 1 }));
  },
  'a signal that aborts during the dispatch': () => {
    const { target, seen, listener } = noting();
    const controller = new AbortController();
    target.addEventListener('x', () => controller.abort());
    target.addEventListener('x', listener('never'), { signal: controller.signal });
    target.dispatchEvent(new Event('x'));
    equal(seen, []);
  },
  'changes during the dispatch': () => {
    const { target, seen, listener } = noting();
    const removed = listener('removed');
    target.addEventListener('x', () => {
      target.removeEventListener('x', removed);
      target.addEventListener('x', listener('added'));
    }, { once: true });
    target.addEventListener('x', removed);
    target.dispatchEvent(new Event('x'));
    equal(seen, []);
    target.dispatchEvent(new Event('x'));
    equal(seen, ['added']);
  },
  'a listener that is removed and added again comes last, and not in this dispatch': () => {
    const { target, seen, listener } = noting();
    const again = listener('again');
    target.addEventListener('x', () => {
      target.removeEventListener('x', again);
      target.addEventListener('x', again);
    }, { once: true });
    target.addEventListener('x', again);
    target.dispatchEvent(new Event('x'));
    equal(seen, []);
    target.dispatchEvent(new Event('x'));
    equal(seen, ['again']);
  },
  'removal needs the same phase, and no more of the options': () => {
    const { target, seen, listener } = noting();
    const one = listener('x');
    target.addEventListener('x', one, { capture: true, once: true });
    target.removeEventListener('x', one);
    target.dispatchEvent(new Event('x'));
    equal(seen, ['x']);
    target.addEventListener('x', one, { capture: true, passive: true });
    target.removeEventListener('x', one, true);
    target.dispatchEvent(new Event('x'));
    equal(seen, ['x']);
  },
  'handleEvent is read at each dispatch, and the object is the receiver': () => {
    const target = new EventTarget();
    const seen = [];
    const object = {
      get handleEvent() {
        seen.push('read');
        return function (event) {
          seen.push(this === object, event.type);
        };
      },
    };
    target.addEventListener('x', object);
    equal(seen, []);
    target.dispatchEvent(new Event('x'));
    target.dispatchEvent(new Event('x'));
    equal(seen, ['read', true, 'x', 'read', true, 'x']);
  },
  'handleEvent can come later': () => {
    const { target, seen, listener } = noting();
    const object = {};
    target.addEventListener('x', object);
    object.handleEvent = listener('later');
    target.dispatchEvent(new Event('x'));
    equal(seen, ['later']);
  },
  'a function is called, not its handleEvent': () => {
    const { target, seen, listener } = noting();
    target.addEventListener('x', Object.assign(listener('function'), { handleEvent: listener('never') }));
    target.dispatchEvent(new Event('x'));
    equal(seen, ['function']);
  },
  'types are converted': () => {
    const { target, seen, listener } = noting();
    target.addEventListener(null, listener('null'));
    target.addEventListener('', listener('empty'));
    target.addEventListener({ toString: () => 'object' }, listener('object'));
    for (const type of ['null', '', 'object']) target.dispatchEvent(new Event(type));
    equal(seen, ['null', 'empty', 'object']);
    throws(TypeError, () => target.addEventListener(Symbol('s'), null));
  },
  'names of properties are types like others': () => {
    const { target, seen, listener } = noting();
    for (const type of ['__proto__', 'constructor', 'toString']) {
      target.dispatchEvent(new Event(type));
      target.addEventListener(type, listener(type));
      target.dispatchEvent(new Event(type));
    }
    equal(seen, ['__proto__', 'constructor', 'toString']);
  },
  'a class of the script is a target': () => {
    class Mine extends EventTarget {
      #secret = 1;
      get secret() {
        return this.#secret;
      }
    }
    const target = new Mine();
    let secret;
    target.addEventListener('x', function () {
      secret = this.secret;
    });
    target.dispatchEvent(new Event('x'));
    equal(secret, 1);
  },
});

/** What listeners throw is reported: the iteration fails, and the others run. */
export function reported() {
  const target = new EventTarget();
  const log = (what) => () => console.log(what);
  target.addEventListener('x', { handleEvent: 1 });
  target.addEventListener('x', {});
  target.addEventListener('x', { get handleEvent() { throw new RangeError('getter'); } });
  target.addEventListener('x', () => { throw new RangeError('listener'); });
  target.addEventListener('x', log('the others run'));
  console.log(target.dispatchEvent(new Event('x')));
}
