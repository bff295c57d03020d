// What a message that cannot be sent adds to `bufferedAmount`.
// https://websockets.spec.whatwg.org/#dom-websocket-bufferedamount

import { native } from 'wasock:native';

/** How many bytes a text or a number of bytes stands for. */
export const payloadBytes = (payload) =>
  typeof payload === 'number' ? payload : native.encodeUtf8(payload).byteLength;
