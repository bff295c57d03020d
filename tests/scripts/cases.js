// Every case of the API tests behind one entry, so that all of them are compiled once. A test names
// a script in `__ENV.SCRIPT` and one of its functions in `__ENV.CASE`.

import * as blob from './blob.js';
import * as compression from './compression.js';
import * as cookies from './cookies.js';
import * as globals from './globals.js';
import * as httpMetrics from './http/metrics.js';
import * as httpRequests from './http/requests.js';
import * as wsConnect from './k6_ws/connect.js';
import * as wsEvents from './k6_ws/events.js';
import * as wsMessages from './k6_ws/messages.js';
import * as wsMetrics from './k6_ws/metrics.js';
import * as misbehaviour from './misbehaviour.js';
import * as crypto from './modules/crypto.js';
import * as data from './modules/data.js';
import * as encoding from './modules/encoding.js';
import * as k6 from './modules/k6.js';
import * as k6Utils from './modules/k6_utils.js';
import * as metrics from './modules/metrics.js';
import * as timers from './timers.js';
import * as abort from './web/abort.js';
import * as domException from './web/dom-exception.js';
import * as webEncoding from './web/encoding.js';
import * as eventTarget from './web/event-target.js';
import * as events from './web/events.js';
import * as interfaces from './web/interfaces.js';
import * as json from './web/json.js';
import * as url from './web/url.js';
import * as values from './web/values.js';
import * as construct from './websocket/construct.js';
import * as lifecycle from './websocket/lifecycle.js';
import * as listeners from './websocket/listeners.js';
import * as socketMetrics from './websocket/metrics.js';
import * as persistent from './websocket/persistent.js';
import * as send from './websocket/send.js';
import * as standardClose from './websocket/standard/close.js';
import * as standardConstructor from './websocket/standard/constructor.js';
import * as standardEvents from './websocket/standard/events.js';
import * as standardSend from './websocket/standard/send.js';

const SCRIPTS = {
  'blob': blob,
  'compression': compression,
  'cookies': cookies,
  'globals': globals,
  'http/metrics': httpMetrics,
  'http/requests': httpRequests,
  'k6_ws/connect': wsConnect,
  'k6_ws/events': wsEvents,
  'k6_ws/messages': wsMessages,
  'k6_ws/metrics': wsMetrics,
  'misbehaviour': misbehaviour,
  'modules/crypto': crypto,
  'modules/data': data,
  'modules/encoding': encoding,
  'modules/k6': k6,
  'modules/k6_utils': k6Utils,
  'modules/metrics': metrics,
  'timers': timers,
  'web/abort': abort,
  'web/dom-exception': domException,
  'web/encoding': webEncoding,
  'web/event-target': eventTarget,
  'web/events': events,
  'web/interfaces': interfaces,
  'web/json': json,
  'web/url': url,
  'web/values': values,
  'websocket/construct': construct,
  'websocket/lifecycle': lifecycle,
  'websocket/listeners': listeners,
  'websocket/metrics': socketMetrics,
  'websocket/persistent': persistent,
  'websocket/send': send,
  'websocket/standard/close': standardClose,
  'websocket/standard/constructor': standardConstructor,
  'websocket/standard/events': standardEvents,
  'websocket/standard/send': standardSend,
};

const run = SCRIPTS[__ENV.SCRIPT]?.[__ENV.CASE];
if (typeof run !== 'function') throw new Error(`${__ENV.SCRIPT} has no case ${__ENV.CASE}`);

/** The bounds turn a case that would never end into a failing test. */
export const options = {
  scenarios: {
    default: {
      executor: 'per-vu-iterations',
      vus: Number(__ENV.VUS ?? 1),
      iterations: Number(__ENV.ITERATIONS ?? 1),
      maxDuration: __ENV.MAX_DURATION ?? '15s',
      gracefulStop: '0s',
    },
  },
};

export default () => run();
