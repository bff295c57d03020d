// The global names of a script.

import { AbortController, AbortSignal } from 'wasock:abort';
import { atob, btoa } from 'wasock:base64';
import { console } from 'wasock:console';
import { crypto } from 'wasock:crypto';
import { defineGlobal } from 'wasock:define-global';
import { DOMException } from 'wasock:dom-exception';
import { TextDecoder, TextEncoder } from 'wasock:encoding';
import { CustomEvent, Event } from 'wasock:event';
import { EventTarget } from 'wasock:event-target';
import { queueMicrotask } from 'wasock:microtask';
import { performance } from 'wasock:performance';
import { entries } from 'wasock:primordials';
import { CloseEvent, ErrorEvent, MessageEvent } from 'wasock:socket-events';
import { structuredClone } from 'wasock:structured-clone';
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'wasock:timers';

const GLOBALS = {
  AbortController,
  AbortSignal,
  atob,
  btoa,
  clearInterval,
  clearTimeout,
  CloseEvent,
  console,
  crypto,
  CustomEvent,
  DOMException,
  ErrorEvent,
  Event,
  EventTarget,
  global: globalThis,
  MessageEvent,
  performance,
  queueMicrotask,
  setInterval,
  setTimeout,
  structuredClone,
  TextDecoder,
  TextEncoder,
};

/** Defines all of them. WebSocket and Blob are none: k6's scripts import them. */
export function defineGlobals() {
  for (const [name, value] of entries(GLOBALS)) defineGlobal(name, value);
}
