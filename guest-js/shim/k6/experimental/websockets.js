// k6/experimental/websockets: the old name of k6/websockets.

import { native } from 'wasock:native';
import { construct } from 'wasock:primordials';
import { Blob, WebSocket as Graduated } from 'k6/websockets';

const DEPRECATED =
  'k6/experimental/websockets is deprecated and will be removed in a future release. Please use k6/websockets instead.';

let warned = false;

/** Warns once, and not from every virtual user. */
function warn() {
  if (warned) return;
  warned = true;
  if (native.vu().idInInstance <= 1) native.log('warn', 'runtime', DEPRECATED);
}

/** The class of k6/websockets, with a warning when it is first used. */
export const WebSocket = new Proxy(Graduated, {
  construct(target, args, newTarget) {
    warn();
    return construct(target, args, newTarget === WebSocket ? target : newTarget);
  },
});

export { Blob };
export default { Blob, WebSocket };
