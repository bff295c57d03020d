// Which connection a socket of a script stands for, for modules that measure it.

import { state } from 'wasock:state';

const connections = new WeakMap();

const note = WeakMap.prototype.set.bind(connections);

/** Says that connections will be asked for. Called before any socket can be made. */
export function expectQuestions() {
  state.asksForConnections = true;
}

/** Notes the connection of a socket: `{id, isOpen()}`. */
export function noteConnection(socket, connection) {
  if (state.asksForConnections) note(socket, connection);
}

/** The connection of a socket, or undefined for every other value. */
export const connectionOf = WeakMap.prototype.get.bind(connections);
