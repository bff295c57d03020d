// Which connection a socket of a script stands for, for modules that measure it.

const connections = new WeakMap();

const note = WeakMap.prototype.set.bind(connections);

/** Whether anybody asks for connections. */
let asked = false;

/** Says that connections will be asked for. Called before any socket can be made. */
export function expectQuestions() {
  asked = true;
}

/** Notes the connection of a socket: `{id, isOpen()}`. */
export function noteConnection(socket, connection) {
  if (asked) note(socket, connection);
}

/** The connection of a socket, or undefined for every other value. */
export const connectionOf = WeakMap.prototype.get.bind(connections);
