// Which connection a socket of a script stands for, for modules that measure it.

const connections = new WeakMap();

/** Notes the connection of a socket, called with both: `{id, isOpen()}`. */
export const noteConnection = WeakMap.prototype.set.bind(connections);

/** The connection of a socket, or undefined for every other value. */
export const connectionOf = WeakMap.prototype.get.bind(connections);
