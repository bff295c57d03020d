// Events. https://dom.spec.whatwg.org/#events

import { equal, recorded, runAll, throws } from './subtests.js';

const EVENTS = { Event, CustomEvent, MessageEvent, CloseEvent, ErrorEvent };

/** The members of the dictionaries in the order of Web IDL: the inherited ones first, then by name. */
const MEMBERS = {
  Event: [],
  CustomEvent: ['detail'],
  MessageEvent: ['data', 'lastEventId', 'origin', 'ports', 'source'],
  CloseEvent: ['code', 'reason', 'wasClean'],
  ErrorEvent: ['colno', 'error', 'filename', 'lineno', 'message'],
};

export const construction = () => runAll(function* () {
  for (const [name, Class] of Object.entries(EVENTS)) {
    yield [`${name} needs a type`, () => throws(TypeError, () => new Class())];
    yield [`${name} converts its type`, () => {
      equal([new Class(undefined).type, new Class(null).type, new Class(1).type], ['undefined', 'null', '1']);
      throws(TypeError, () => new Class(Symbol('s')));
    }];
    yield [`${name} has its defaults`, () => {
      for (const event of [new Class('x'), new Class('x', undefined), new Class('x', null), new Class('x', {})]) {
        equal([event.bubbles, event.cancelable, event.composed, event.isTrusted, event.defaultPrevented, event.returnValue, event.cancelBubble], [false, false, false, false, false, true, false]);
        equal([event.target, event.srcElement, event.currentTarget, event.eventPhase, event.composedPath().length], [null, null, null, 0, 0]);
      }
    }];
    yield [`${name} takes a dictionary`, () => {
      const event = new Class('x', { bubbles: 1, cancelable: 'y', composed: {} });
      equal([event.bubbles, event.cancelable, event.composed], [true, true, true]);
      for (const wrong of [1, 'x', true, Symbol('s')]) throws(TypeError, () => new Class('x', wrong));
      equal(new Class('x', () => {}).bubbles, false);
    }];
    yield [`${name} reads the members in order`, () => {
      const seen = [];
      const members = { bubbles: false, cancelable: false, composed: false };
      for (const member of MEMBERS[name]) members[member] = undefined;
      new Class('x', recorded(members, seen));
      equal(seen.filter((member, i) => seen.indexOf(member) === i), ['bubbles', 'cancelable', 'composed', ...MEMBERS[name]]);
    }];
    yield [`${name} passes on the exception of a member`, () => throws(RangeError, () => new Class('x', { get bubbles() { throw new RangeError(); } }))];
    yield [`${name} has a time stamp`, () => {
      const before = performance.now();
      const { timeStamp } = new Class('x');
      equal(timeStamp >= before && timeStamp <= performance.now(), true);
    }];
  }
  yield ['CustomEvent.detail', () => {
    const detail = {};
    equal([new CustomEvent('x', { detail }).detail, new CustomEvent('x').detail, new CustomEvent('x', { detail: 0 }).detail], [detail, null, 0]);
  }];
  yield ['MessageEvent', () => {
    const event = new MessageEvent('x', { data: 0, origin: null, lastEventId: 1, ports: [] });
    equal([event.data, event.origin, event.lastEventId, event.source], [0, 'null', '1', null]);
    equal(Object.isFrozen(event.ports), true);
    const empty = new MessageEvent('x');
    equal([empty.data, empty.origin, empty.lastEventId, empty.ports.length], [null, '', '', 0]);
    equal(empty.ports, empty.ports);
    equal(new MessageEvent('x', { data: undefined }).data, null);
    equal(new MessageEvent('x', { origin: 'a\ud800' }).origin, 'a\ufffd');
  }];
  yield ['MessageEvent has neither ports nor sources', () => {
    for (const init of [{ ports: [{}] }, { ports: 1 }, { ports: null }, { source: {} }, { source: 1 }]) throws(TypeError, () => new MessageEvent('x', init));
    equal(new MessageEvent('x', { source: null }).source, null);
  }];
  yield ['CloseEvent', () => {
    const event = new CloseEvent('x', { wasClean: 1, code: 65536 + 3000, reason: 'a\ud800' });
    equal([event.wasClean, event.code, event.reason], [true, 3000, 'a\ufffd']);
    const empty = new CloseEvent('x');
    equal([empty.wasClean, empty.code, empty.reason], [false, 0, '']);
    equal([new CloseEvent('x', { code: -1 }).code, new CloseEvent('x', { code: NaN }).code, new CloseEvent('x', { code: '1.9' }).code, new CloseEvent('x', { reason: null }).reason], [65535, 0, 1, 'null']);
    throws(TypeError, () => new CloseEvent('x', { code: 1n }));
  }];
  yield ['ErrorEvent', () => {
    const error = {};
    const event = new ErrorEvent('x', { message: 1, filename: 'f', lineno: '3', colno: 2 ** 32 + 4, error });
    equal([event.message, event.filename, event.lineno, event.colno, event.error], ['1', 'f', 3, 4, error]);
    const empty = new ErrorEvent('x');
    equal([empty.message, empty.filename, empty.lineno, empty.colno, empty.error], ['', '', 0, 0, undefined]);
  }];
  yield ['a getter of another kind of event', () => {
    const get = Object.getOwnPropertyDescriptor(CloseEvent.prototype, 'code').get;
    for (const event of [new Event('x'), new MessageEvent('x'), new ErrorEvent('x')]) throws(TypeError, () => get.call(event));
  }];
});

export const initialising = () => runAll({
  'initEvent sets type and flags anew': () => {
    const event = new Event('x', { cancelable: true, composed: true });
    event.preventDefault();
    event.stopPropagation();
    event.initEvent('y', true);
    equal([event.type, event.bubbles, event.cancelable, event.composed, event.defaultPrevented, event.cancelBubble], ['y', true, false, true, false, false]);
  },
  'initEvent does nothing during a dispatch': () => {
    const target = new EventTarget();
    target.addEventListener('x', (event) => event.initEvent('y'));
    const event = new Event('x');
    target.dispatchEvent(event);
    equal(event.type, 'x');
  },
  'initCustomEvent': () => {
    const event = new CustomEvent('x', { detail: 1 });
    event.initCustomEvent('y', true, true, 2);
    equal([event.type, event.bubbles, event.cancelable, event.detail], ['y', true, true, 2]);
    event.initCustomEvent('z');
    equal([event.detail, event.bubbles], [null, false]);
  },
  'initMessageEvent': () => {
    const event = new MessageEvent('x');
    event.initMessageEvent('y', true, true, 'data', 'origin', 'id', null, []);
    equal([event.type, event.bubbles, event.cancelable, event.data, event.origin, event.lastEventId, event.source, event.ports.length], ['y', true, true, 'data', 'origin', 'id', null, 0]);
    event.initMessageEvent('z');
    equal([event.data, event.origin], [null, '']);
  },
});
