/** Options of `socket.connect`. */
export const how = (options = {}) => ({ headers: [], protocols: [], holdCloseAnswer: false, ...options });

/** Milliseconds in nanoseconds. */
export const millis = (count) => BigInt(count) * 1_000_000n;
