// The global names of a script.

import { AbortController, AbortSignal } from 'wasock:abort';
import { atob, btoa } from 'wasock:base64';
import { console } from 'wasock:console';
import { Crypto, crypto } from 'wasock:crypto';
import { CryptoKey } from 'wasock:crypto-key';
import { defineGlobal } from 'wasock:define-global';
import { DOMException } from 'wasock:dom-exception';
import { TextDecoder, TextEncoder } from 'wasock:encoding';
import { CustomEvent, Event } from 'wasock:event';
import { EventTarget } from 'wasock:event-target';
import { queueMicrotask } from 'wasock:microtask';
import { open } from 'wasock:open';
import { Performance, performance } from 'wasock:performance';
import { entries } from 'wasock:primordials';
import { QuotaExceededError } from 'wasock:quota-exceeded-error';
import { CloseEvent, ErrorEvent, MessageEvent } from 'wasock:socket-events';
import { structuredClone } from 'wasock:structured-clone';
import { SubtleCrypto } from 'wasock:subtle';
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'wasock:timers';
import { URL } from 'wasock:url';
import { URLSearchParams } from 'wasock:url-search-params';

/** Classes, and what else enumerating does not show. */
const HIDDEN = {
  AbortController,
  AbortSignal,
  CloseEvent,
  Crypto,
  CryptoKey,
  CustomEvent,
  DOMException,
  ErrorEvent,
  Event,
  EventTarget,
  MessageEvent,
  Performance,
  QuotaExceededError,
  SubtleCrypto,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
  console,
  global: globalThis,
  open,
};

/** The operations and attributes of the global object. */
const MEMBERS = {
  atob,
  btoa,
  clearInterval,
  clearTimeout,
  crypto,
  performance,
  queueMicrotask,
  setInterval,
  setTimeout,
  structuredClone,
};

/** Defines all of them. WebSocket and Blob are none: k6's scripts import them. */
export function defineGlobals() {
  for (const [name, value] of entries(HIDDEN)) defineGlobal(name, value);
  for (const [name, value] of entries(MEMBERS)) defineGlobal(name, value, true);
}
