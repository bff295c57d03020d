// A hostile guest, which `__ENV.GUEST` names, beside two users who do as they should.
//
//     wasock run -e GUEST=memory/arrays --serve tests/hostile/beside.js
//
// A guest exports what a script exports; `init` is its top level.

import { check, sleep } from 'k6';
import { Trend } from 'k6/metrics';
import ws from 'k6/ws';
import * as memoryArrayBuffers from './guests/memory/array-buffers.js';
import * as memoryArrays from './guests/memory/arrays.js';
import * as memoryBigInteger from './guests/memory/big-integer.js';
import * as memoryDoublingString from './guests/memory/doubling-string.js';
import * as memoryEndlessSpread from './guests/memory/endless-spread.js';
import * as memoryFilledArray from './guests/memory/filled-array.js';
import * as memoryGetterRecursion from './guests/memory/getter-recursion.js';
import * as memoryLongestArray from './guests/memory/longest-array.js';
import * as memoryMap from './guests/memory/map.js';
import * as memoryNestedClone from './guests/memory/nested-clone.js';
import * as memoryNestedCode from './guests/memory/nested-code.js';
import * as memoryNestedText from './guests/memory/nested-text.js';
import * as memoryNestedValue from './guests/memory/nested-value.js';
import * as memoryPromises from './guests/memory/promises.js';
import * as memoryPrototypeChain from './guests/memory/prototype-chain.js';
import * as memoryProxyChain from './guests/memory/proxy-chain.js';
import * as memoryRecursion from './guests/memory/recursion.js';
import * as memoryRepeat from './guests/memory/repeat.js';
import * as memoryStrings from './guests/memory/strings.js';
import * as memoryTypedArrays from './guests/memory/typed-arrays.js';
import * as cpuBlockedByPeer from './guests/cpu/blocked-by-peer.js';
import * as cpuEndlessThenable from './guests/cpu/endless-thenable.js';
import * as cpuLoopAtTopLevel from './guests/cpu/loop-at-top-level.js';
import * as cpuLoopInGetter from './guests/cpu/loop-in-getter.js';
import * as cpuLoopInHandleSummary from './guests/cpu/loop-in-handle-summary.js';
import * as cpuLoopInHandler from './guests/cpu/loop-in-handler.js';
import * as cpuLoopInNestedHandler from './guests/cpu/loop-in-nested-handler.js';
import * as cpuLoopInSetup from './guests/cpu/loop-in-setup.js';
import * as cpuLoopInTeardown from './guests/cpu/loop-in-teardown.js';
import * as cpuLoopInToString from './guests/cpu/loop-in-to-string.js';
import * as cpuLoopPastCatch from './guests/cpu/loop-past-catch.js';
import * as cpuLoop from './guests/cpu/loop.js';
import * as cpuMicrotasks from './guests/cpu/microtasks.js';
import * as cpuNativeLoop from './guests/cpu/native-loop.js';
import * as cpuRegularExpression from './guests/cpu/regular-expression.js';
import * as cpuSleep from './guests/cpu/sleep.js';
import * as cpuSort from './guests/cpu/sort.js';
import * as cpuZeroTimers from './guests/cpu/zero-timers.js';
import * as resourcesAbandonedSockets from './guests/resources/abandoned-sockets.js';
import * as resourcesAbortMessage from './guests/resources/abort-message.js';
import * as resourcesCheckNames from './guests/resources/check-names.js';
import * as resourcesCloseReason from './guests/resources/close-reason.js';
import * as resourcesCompressionBomb from './guests/resources/compression-bomb.js';
import * as resourcesConsoleFlood from './guests/resources/console-flood.js';
import * as resourcesConsoleForgery from './guests/resources/console-forgery.js';
import * as resourcesConsoleLine from './guests/resources/console-line.js';
import * as resourcesControlCharacters from './guests/resources/control-characters.js';
import * as resourcesCookieJars from './guests/resources/cookie-jars.js';
import * as resourcesCookies from './guests/resources/cookies.js';
import * as resourcesDecompression from './guests/resources/decompression.js';
import * as resourcesEchoStorm from './guests/resources/echo-storm.js';
import * as resourcesEventFlood from './guests/resources/event-flood.js';
import * as resourcesGroups from './guests/resources/groups.js';
import * as resourcesHeaders from './guests/resources/headers.js';
import * as resourcesHugeUrl from './guests/resources/huge-url.js';
import * as resourcesIncompleteMessages from './guests/resources/incomplete-messages.js';
import * as resourcesIntervalStorm from './guests/resources/interval-storm.js';
import * as resourcesMetadata from './guests/resources/metadata.js';
import * as resourcesMetricNameLength from './guests/resources/metric-name-length.js';
import * as resourcesMetricNames from './guests/resources/metric-names.js';
import * as resourcesNeverReading from './guests/resources/never-reading.js';
import * as resourcesOpen from './guests/resources/open.js';
import * as resourcesPingFlood from './guests/resources/ping-flood.js';
import * as resourcesRandomBytes from './guests/resources/random-bytes.js';
import * as resourcesRedirects from './guests/resources/redirects.js';
import * as resourcesRequests from './guests/resources/requests.js';
import * as resourcesSendFlood from './guests/resources/send-flood.js';
import * as resourcesSetupData from './guests/resources/setup-data.js';
import * as resourcesSharedArrayElements from './guests/resources/shared-array-elements.js';
import * as resourcesSharedArrays from './guests/resources/shared-arrays.js';
import * as resourcesSockets from './guests/resources/sockets.js';
import * as resourcesSummaryFiles from './guests/resources/summary-files.js';
import * as resourcesTagLength from './guests/resources/tag-length.js';
import * as resourcesTagNames from './guests/resources/tag-names.js';
import * as resourcesTagValues from './guests/resources/tag-values.js';
import * as resourcesTimers from './guests/resources/timers.js';
import * as shimCodeFromText from './guests/shim/code-from-text.js';
import * as shimDeletedGlobals from './guests/shim/deleted-globals.js';
import * as shimDynamicImport from './guests/shim/dynamic-import.js';
import * as shimForgedStack from './guests/shim/forged-stack.js';
import * as shimFrozenWorld from './guests/shim/frozen-world.js';
import * as shimHugeException from './guests/shim/huge-exception.js';
import * as shimManyExceptions from './guests/shim/many-exceptions.js';
import * as shimPatchedIterators from './guests/shim/patched-iterators.js';
import * as shimPatchedLanguage from './guests/shim/patched-language.js';
import * as shimPatchedPromise from './guests/shim/patched-promise.js';
import * as shimPollutedObject from './guests/shim/polluted-object.js';
import * as shimSymbolTricks from './guests/shim/symbol-tricks.js';
import * as shimThenableObjects from './guests/shim/thenable-objects.js';
import * as shimThrowingError from './guests/shim/throwing-error.js';
import * as shimThrowingProxy from './guests/shim/throwing-proxy.js';
import * as networkAddresses from './guests/network/addresses.js';
import * as networkNames from './guests/network/names.js';
import * as networkRedirects from './guests/network/redirects.js';
import * as networkUserNames from './guests/network/user-names.js';

const GUESTS = {
  'memory/array-buffers': memoryArrayBuffers,
  'memory/arrays': memoryArrays,
  'memory/big-integer': memoryBigInteger,
  'memory/doubling-string': memoryDoublingString,
  'memory/endless-spread': memoryEndlessSpread,
  'memory/filled-array': memoryFilledArray,
  'memory/getter-recursion': memoryGetterRecursion,
  'memory/longest-array': memoryLongestArray,
  'memory/map': memoryMap,
  'memory/nested-clone': memoryNestedClone,
  'memory/nested-code': memoryNestedCode,
  'memory/nested-text': memoryNestedText,
  'memory/nested-value': memoryNestedValue,
  'memory/promises': memoryPromises,
  'memory/prototype-chain': memoryPrototypeChain,
  'memory/proxy-chain': memoryProxyChain,
  'memory/recursion': memoryRecursion,
  'memory/repeat': memoryRepeat,
  'memory/strings': memoryStrings,
  'memory/typed-arrays': memoryTypedArrays,
  'cpu/blocked-by-peer': cpuBlockedByPeer,
  'cpu/endless-thenable': cpuEndlessThenable,
  'cpu/loop-at-top-level': cpuLoopAtTopLevel,
  'cpu/loop-in-getter': cpuLoopInGetter,
  'cpu/loop-in-handle-summary': cpuLoopInHandleSummary,
  'cpu/loop-in-handler': cpuLoopInHandler,
  'cpu/loop-in-nested-handler': cpuLoopInNestedHandler,
  'cpu/loop-in-setup': cpuLoopInSetup,
  'cpu/loop-in-teardown': cpuLoopInTeardown,
  'cpu/loop-in-to-string': cpuLoopInToString,
  'cpu/loop-past-catch': cpuLoopPastCatch,
  'cpu/loop': cpuLoop,
  'cpu/microtasks': cpuMicrotasks,
  'cpu/native-loop': cpuNativeLoop,
  'cpu/regular-expression': cpuRegularExpression,
  'cpu/sleep': cpuSleep,
  'cpu/sort': cpuSort,
  'cpu/zero-timers': cpuZeroTimers,
  'resources/abandoned-sockets': resourcesAbandonedSockets,
  'resources/abort-message': resourcesAbortMessage,
  'resources/check-names': resourcesCheckNames,
  'resources/close-reason': resourcesCloseReason,
  'resources/compression-bomb': resourcesCompressionBomb,
  'resources/console-flood': resourcesConsoleFlood,
  'resources/console-forgery': resourcesConsoleForgery,
  'resources/console-line': resourcesConsoleLine,
  'resources/control-characters': resourcesControlCharacters,
  'resources/cookie-jars': resourcesCookieJars,
  'resources/cookies': resourcesCookies,
  'resources/decompression': resourcesDecompression,
  'resources/echo-storm': resourcesEchoStorm,
  'resources/event-flood': resourcesEventFlood,
  'resources/groups': resourcesGroups,
  'resources/headers': resourcesHeaders,
  'resources/huge-url': resourcesHugeUrl,
  'resources/incomplete-messages': resourcesIncompleteMessages,
  'resources/interval-storm': resourcesIntervalStorm,
  'resources/metadata': resourcesMetadata,
  'resources/metric-name-length': resourcesMetricNameLength,
  'resources/metric-names': resourcesMetricNames,
  'resources/never-reading': resourcesNeverReading,
  'resources/open': resourcesOpen,
  'resources/ping-flood': resourcesPingFlood,
  'resources/random-bytes': resourcesRandomBytes,
  'resources/redirects': resourcesRedirects,
  'resources/requests': resourcesRequests,
  'resources/send-flood': resourcesSendFlood,
  'resources/setup-data': resourcesSetupData,
  'resources/shared-array-elements': resourcesSharedArrayElements,
  'resources/shared-arrays': resourcesSharedArrays,
  'resources/sockets': resourcesSockets,
  'resources/summary-files': resourcesSummaryFiles,
  'resources/tag-length': resourcesTagLength,
  'resources/tag-names': resourcesTagNames,
  'resources/tag-values': resourcesTagValues,
  'resources/timers': resourcesTimers,
  'shim/code-from-text': shimCodeFromText,
  'shim/deleted-globals': shimDeletedGlobals,
  'shim/dynamic-import': shimDynamicImport,
  'shim/forged-stack': shimForgedStack,
  'shim/frozen-world': shimFrozenWorld,
  'shim/huge-exception': shimHugeException,
  'shim/many-exceptions': shimManyExceptions,
  'shim/patched-iterators': shimPatchedIterators,
  'shim/patched-language': shimPatchedLanguage,
  'shim/patched-promise': shimPatchedPromise,
  'shim/polluted-object': shimPollutedObject,
  'shim/symbol-tricks': shimSymbolTricks,
  'shim/thenable-objects': shimThenableObjects,
  'shim/throwing-error': shimThrowingError,
  'shim/throwing-proxy': shimThrowingProxy,
  'network/addresses': networkAddresses,
  'network/names': networkNames,
  'network/redirects': networkRedirects,
  'network/user-names': networkUserNames,
};

const guest = GUESTS[__ENV.GUEST];
if (guest === undefined) throw new Error(`there is no guest ${__ENV.GUEST}`);

const each = { executor: 'per-vu-iterations', gracefulStop: '100ms' };
const goodScenario = {
  ...each,
  // Who is to be measured stays, and talks at a steady pace.
  exec: __ENV.STAY ? 'steady' : 'good',
  vus: 2,
  iterations: Number(__ENV.GOOD ?? 10),
};
const badScenario = {
  ...each,
  exec: 'bad',
  vus: Number(__ENV.BAD_VUS ?? 1),
  iterations: Number(__ENV.TIMES ?? 1),
  // When the good users are at work, so that none of them gets what is left of it.
  startTime: '50ms',
  maxDuration: __ENV.MAX_DURATION ?? '1s',
};

export const options = { scenarios: { good: goodScenario, bad: badScenario } };

// Where the good users have to find their own data, whatever the bad one does.
let data;

function session() {
  data = 'mine';
  const response = ws.connect(`${__ENV.WS}/echo`, (socket) => {
    socket.on('open', () => socket.send('hello'));
    socket.on('message', (message) => {
      check(message, { echoed: (text) => text === 'hello' });
      socket.close();
    });
  });
  check(response, { connected: (r) => r.status === 101 });
  const keys = Object.keys({});
  check(data, { untouched: (text) => text === 'mine' && keys.length === 0 && {}.evil === undefined });
  sleep(0.01);
}

const roundTrips = __ENV.STAY && new Trend('round_trips', true);

/** One session with a server that the guest does not know, of `__ENV.STAY` milliseconds, with a message two milliseconds after each answer. */
export function steady() {
  ws.connect(`${__ENV.OTHER_WS}/echo`, (socket) => {
    let sent;
    const say = () => {
      sent = performance.now();
      socket.send('hello');
    };
    socket.on('open', say);
    socket.on('message', () => {
      roundTrips.add(performance.now() - sent);
      socket.setTimeout(say, 2);
    });
    socket.setTimeout(() => socket.close(), Number(__ENV.STAY));
  });
}

guest.init?.();

const stage = (name) => guest[name] ?? (() => undefined);
export const setup = stage('setup');
export const teardown = stage('teardown');
export const handleSummary = stage('handleSummary');
export { session as good };
export const bad = guest.default;
