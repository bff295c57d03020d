/** Lets the event loop of Node do what there is to do. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));
