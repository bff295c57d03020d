// Which connection a socket of a script stands for, for modules that measure it.

import { apply } from 'wasock:primordials';

const { get, set } = WeakMap.prototype;

const connections = new WeakMap();

/**
 * Notes the connection of a socket: `{id, isOpen(), at}`, where `at` is what the host's clock read
 * when the message arrived that was dispatched last.
 */
export function noteConnection(socket, connection) {
  apply(set, connections, [socket, connection]);
}

/** The connection of a socket, or undefined for every other value. */
export const connectionOf = (value) => apply(get, connections, [value]);
