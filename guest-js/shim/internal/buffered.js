// What `bufferedAmount` must not forget: a socket's amount does not shrink while a task runs, so
// what the task has sent counts even if the host has written it already.
// https://websockets.spec.whatwg.org/#dom-websocket-bufferedamount

import { native } from 'wasock:native';
import { currentTurn } from 'wasock:turn';

// One list for all sockets, of the last task that sent anything. Texts are measured only when
// somebody asks, because hardly any script does.
let turn = -1;
let senders = [];
let payloads = [];

/** Notes a message: a text, or a number of bytes. */
export function noteSent(sender, payload) {
  if (turn !== currentTurn()) {
    turn = currentTurn();
    senders = [];
    payloads = [];
  }
  const { length } = senders;
  senders[length] = sender;
  payloads[length] = payload;
}

/** How many bytes a text or a number of bytes stands for. */
export const payloadBytes = (payload) =>
  typeof payload === 'number' ? payload : native.encodeUtf8(payload).byteLength;

/** How many bytes a sender has sent in the task that runs. */
export function sentInThisTurn(sender) {
  if (turn !== currentTurn()) return 0;
  let sum = 0;
  for (let i = 0; i < senders.length; i++) {
    if (senders[i] === sender) sum += payloadBytes(payloads[i]);
  }
  return sum;
}
