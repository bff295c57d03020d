// The events of a WebSocket, and its handlers. https://websockets.spec.whatwg.org/#feedback-from-the-protocol

import { WebSocket } from 'k6/websockets';
import { equal, runAll, throws, throwsDOM } from '../../web/subtests.js';
import { closed, NOBODY, next, opened, WS } from './connections.js';

/** The first event of each type on a connection that sends, pings and ends. */
async function oneOfEach() {
  const events = {};
  const socket = new WebSocket(`${WS}/echo`);
  for (const type of ['open', 'message', 'pong', 'close']) socket.addEventListener(type, (event) => { events[type] = event; });
  await next(socket, 'open');
  socket.ping();
  await next(socket, 'pong');
  socket.send('data');
  await next(socket, 'message');
  await closed(socket, 3000, 'why');
  const failing = new WebSocket(NOBODY);
  events.error = await next(failing, 'error');
  return { events, socket, failing };
}

const CLASSES = { open: Event, message: MessageEvent, pong: Event, close: CloseEvent, error: Event };

export async function objects() {
  const { events, socket, failing } = await oneOfEach();
  await runAll(function* () {
    for (const [type, Class] of Object.entries(CLASSES)) {
      const event = events[type];
      yield [`${type} is a ${Class.name}`, () => equal([Object.getPrototypeOf(event), event.type], [Class.prototype, type])];
      yield [`${type} is trusted, neither bubbles nor can be cancelled`, () => equal([event.isTrusted, event.bubbles, event.cancelable, event.composed, event.defaultPrevented], [true, false, false, false, false])];
      yield [`${type} has its target`, () => {
        const target = type === 'error' ? failing : socket;
        equal([event.target, event.srcElement, event.currentTarget, event.eventPhase], [target, target, null, 0]);
      }];
      yield [`${type} has the time when it happened`, () => equal(event.timeStamp > 0 && event.timeStamp <= performance.now(), true)];
      yield [`${type} can be dispatched elsewhere, and is then not trusted`, () => {
        const target = new EventTarget();
        let seen;
        target.addEventListener(type, (given) => { seen = given; });
        target.dispatchEvent(event);
        equal([seen, event.isTrusted, event.target], [event, false, target]);
      }];
    }
    yield ['message', () => {
      const { data, origin, lastEventId, source, ports } = events.message;
      equal([data, origin, lastEventId, source, ports.length, Object.isFrozen(ports)], ['data', WS, '', null, 0, true]);
    }];
    yield ['close', () => equal([events.close.code, events.close.reason, events.close.wasClean], [3000, 'why', true])];
    yield ['the times are in the order of the events', () => {
      const times = ['open', 'pong', 'message', 'close'].map((type) => events[type].timeStamp);
      equal(times.every((time, i) => i === 0 || time >= times[i - 1]), true, times.join());
    }];
  });
}

/** Runs one listener of each kind at the opening of a connection. */
async function atOpening(prepare) {
  const seen = [];
  const socket = new WebSocket(`${WS}/echo`);
  prepare(socket, (name) => () => { seen.push(name); }, seen);
  await next(socket, 'open');
  await closed(socket);
  return seen;
}

export const handlers = () => runAll({
  'a handler keeps its place when it is replaced': async () => {
    equal(await atOpening((socket, note) => {
      socket.addEventListener('open', note(1));
      socket.onopen = note('never');
      socket.addEventListener('open', note(3));
      socket.onopen = note(2);
    }), [1, 2, 3]);
  },
  'a handler that was removed comes back at the end': async () => {
    equal(await atOpening((socket, note) => {
      socket.onopen = note('never');
      socket.addEventListener('open', note(1));
      socket.onopen = null;
      socket.onopen = note(2);
    }), [1, 2]);
  },
  'an object keeps the place of a handler': async () => {
    equal(await atOpening((socket, note) => {
      socket.onopen = {};
      socket.addEventListener('open', note(2));
      socket.onopen = note(1);
    }), [1, 2]);
  },
  'an object is no handler': async () => {
    equal(await atOpening((socket, note) => {
      socket.onopen = { handleEvent: note('never') };
    }), []);
  },
  'the same function as handler and as listener is called twice': async () => {
    equal(await atOpening((socket, note) => {
      const both = note('x');
      socket.onopen = both;
      socket.addEventListener('open', both);
    }), ['x', 'x']);
  },
  'a handler cannot be removed as a listener': async () => {
    equal(await atOpening((socket, note) => {
      const handler = note('x');
      socket.onopen = handler;
      socket.removeEventListener('open', handler);
    }), ['x']);
  },
  'the receiver and the argument': async () => {
    await atOpening((socket) => {
      socket.onopen = function (...args) {
        equal([this, args.length, args[0].type, args[0].currentTarget], [socket, 1, 'open', socket]);
      };
    });
  },
  'handlers that replace each other during the dispatch': async () => {
    equal(await atOpening((socket, note) => {
      socket.addEventListener('open', () => { socket.onopen = note('new'); });
      socket.onopen = note('never');
    }), ['new']);
  },
  'a handler that is set during the dispatch is too late': async () => {
    equal(await atOpening((socket, note) => {
      socket.addEventListener('open', () => { socket.onopen = note('never'); });
    }), []);
  },
  'a handler that is removed during the dispatch is not called': async () => {
    equal(await atOpening((socket, note) => {
      socket.addEventListener('open', () => { socket.onopen = null; });
      socket.onopen = note('never');
    }), []);
  },
  'false cancels': async () => {
    const socket = await opened();
    const cancelled = (handler) => {
      socket.onmessage = handler;
      return !socket.dispatchEvent(new MessageEvent('message', { cancelable: true }));
    };
    equal([cancelled(() => false), cancelled(() => true), cancelled(() => undefined), cancelled(() => 0), cancelled(() => null), cancelled(() => '')], [true, false, false, false, false, false]);
    await closed(socket);
  },
  'onerror gets the event alone, and true does not cancel': async () => {
    const socket = await opened();
    const seen = [];
    socket.onerror = (...args) => {
      seen.push(args.length, args[0].constructor);
      return true;
    };
    equal(socket.dispatchEvent(new ErrorEvent('error', { cancelable: true, message: 'm' })), true);
    equal(seen, [1, ErrorEvent]);
    await closed(socket);
  },
  'events of the script reach the handlers, and change no state': async () => {
    const socket = await opened();
    let calls = 0;
    for (const type of ['open', 'message', 'error', 'close', 'ping', 'pong']) {
      socket[`on${type}`] = () => { calls += 1; };
      socket.dispatchEvent(new Event(type));
    }
    equal([calls, socket.readyState], [6, 1]);
    await closed(socket);
  },
  'promise jobs run between two listeners': async () => {
    equal(await atOpening((socket, note) => {
      socket.addEventListener('open', () => { Promise.resolve().then(note('job')); });
      socket.addEventListener('open', note('listener'));
    }), ['job', 'listener']);
  },
  'promise jobs wait while a script dispatches': async () => {
    const target = new EventTarget();
    const seen = [];
    target.addEventListener('x', () => { Promise.resolve().then(() => seen.push('job')); });
    target.addEventListener('x', () => seen.push('listener'));
    target.dispatchEvent(new Event('x'));
    await null;
    equal(seen, ['listener', 'job']);
  },
});

export const order = () => runAll({
  'nothing happens before the constructor has returned': async () => {
    const socket = new WebSocket(NOBODY);
    const seen = [];
    await null;
    socket.onerror = () => seen.push(`error ${socket.readyState}`);
    socket.onclose = () => seen.push(`close ${socket.readyState}`);
    await next(socket, 'close');
    equal(seen, ['error 3', 'close 3']);
  },
  'open comes before the messages, and those before close': async () => {
    const socket = new WebSocket(`${WS}/push?n=3&size=1`);
    const seen = [];
    for (const type of ['open', 'message', 'close']) socket.addEventListener(type, () => seen.push(`${type} ${socket.readyState}`));
    await next(socket, 'close');
    equal(seen, ['open 1', 'message 1', 'message 1', 'message 1', 'close 3']);
  },
  'a socket without a reference still gets its events': async () => {
    const data = await new Promise((resolve) => {
      new WebSocket(`${WS}/push?n=1&size=1`).onmessage = (event) => resolve(event.data);
    });
    equal(data, '0');
  },
  'each event once': async () => {
    const socket = await opened();
    let closes = 0;
    socket.addEventListener('close', () => { closes += 1; });
    await closed(socket);
    await new Promise((resolve) => { setTimeout(resolve, 5); });
    equal(closes, 1);
  },
});

/** Has a connection's only listener called with so many messages. */
async function messages(count, listener) {
  const socket = new WebSocket(`${WS}/echo`);
  await next(socket, 'open');
  let failure;
  await new Promise((resolve) => {
    let left = count;
    socket.onmessage = (event) => {
      try {
        listener(event);
      } catch (error) {
        failure ??= error;
      }
      left -= 1;
      if (left === 0) resolve();
    };
    for (let i = 0; i < count; i += 1) socket.send(`message ${i}`);
  });
  await closed(socket);
  if (failure) throw failure;
  return socket;
}

// The engine uses the object of an event again if nobody can tell.
export const kept = () => runAll({
  'events that are kept stay as they are': async () => {
    const events = [];
    const socket = await messages(4, (event) => events.push(event));
    equal(events.map(({ data }) => data), ['message 0', 'message 1', 'message 2', 'message 3']);
    for (const event of events) equal([event.target, event.currentTarget, event.origin, event.isTrusted], [socket, null, WS, true]);
    equal(new Set(events).size, 4);
  },
  'every second is kept': async () => {
    const events = [];
    let count = 0;
    await messages(6, (event) => {
      equal(event.data, `message ${count}`);
      if (count % 2) events.push(event);
      count += 1;
    });
    equal(events.map(({ data }) => data), ['message 1', 'message 3', 'message 5']);
  },
  'events that are kept for a while': async () => {
    let last = null;
    let expected = 0;
    await messages(6, (event) => {
      if (last) equal([last !== event, last.data, last.currentTarget], [true, `message ${expected - 1}`, null]);
      equal([event.data, event.currentTarget !== null, event.eventPhase], [`message ${expected}`, true, 2]);
      last = expected % 3 === 2 ? null : event;
      expected += 1;
    });
  },
  'an event has no property of another': () => messages(4, (event) => {
    equal([event.mark, Object.keys(event).length], [undefined, 0]);
    event.mark = true;
  }),
  'a property that was taken away': () => messages(4, (event) => {
    equal(Reflect.ownKeys(event).length, 0);
    event.mark = true;
    delete event.mark;
  }),
  'weak references tell events apart': async () => {
    const references = [];
    await messages(4, (event) => {
      for (const reference of references) equal(reference.deref() === event, false);
      references.push(new WeakRef(event));
    });
  },
  'weak collections tell events apart': async () => {
    const [set, map] = [new WeakSet(), new WeakMap()];
    await messages(4, (event) => {
      equal([set.has(event), map.has(event)], [false, false]);
      set.add(event);
      map.set(event, event.data);
    });
  },
  'events can be extended': () => messages(4, (event) => {
    equal(Object.isExtensible(event), true);
    Object.freeze(event);
  }),
  'events have their prototype': () => messages(4, (event) => {
    equal(Object.getPrototypeOf(event), MessageEvent.prototype);
    Object.setPrototypeOf(event, null);
  }),
  'the flags are those of one event': () => messages(4, (event) => {
    equal([event.cancelBubble, event.defaultPrevented, event.isTrusted], [false, false, true]);
    event.stopImmediatePropagation();
    event.preventDefault();
    event.initMessageEvent('other', true, true, 'other data');
    equal([event.type, event.bubbles], ['message', false]);
  }),
  'a promise keeps an event': async () => {
    const later = [];
    await messages(4, (event) => { later.push(Promise.resolve().then(() => event.data)); });
    equal(await Promise.all(later), ['message 0', 'message 1', 'message 2', 'message 3']);
  },
  'an event that is dispatched again while it is handled': () => messages(3, (event) => {
    throwsDOM('InvalidStateError', () => new EventTarget().dispatchEvent(event));
    equal(event.eventPhase, 2);
  }),
  'messages inside a handler': async () => {
    const seen = [];
    await messages(2, (event) => {
      const own = new MessageEvent('message', { data: 'own' });
      const target = new EventTarget();
      target.addEventListener('message', (inner) => seen.push(inner.data));
      target.dispatchEvent(own);
      seen.push(event.data);
    });
    equal(seen, ['own', 'message 0', 'own', 'message 1']);
  },
  'the getter of the data': () => {
    const { get, set, enumerable, configurable } = Object.getOwnPropertyDescriptor(MessageEvent.prototype, 'data');
    equal([get.name, get.length, set, enumerable, configurable], ['get data', 0, undefined, true, true]);
    class Own extends MessageEvent {}
    equal([get.call(new MessageEvent('x', { data: 1 })), get.call(new Own('x', { data: 2 })), new MessageEvent('x').data], [1, 2, null]);
    const disguised = (event) => Object.setPrototypeOf(event, MessageEvent.prototype);
    for (const other of [undefined, null, 1, {}, [], MessageEvent.prototype, new Event('x'), disguised(new Event('x')), disguised(new CustomEvent('x')), disguised({}), new Proxy(new MessageEvent('x'), {})]) throws(TypeError, () => get.call(other), 'the getter');
    throws(TypeError, () => new get(), 'a constructor');
  },
});
