// Bytes on the wire, of all connections of a guest.

/** Counts the bytes that TCP carries: handshakes, TLS and frames. */
export class Traffic {
  #ended = { sent: 0, received: 0 };
  #sockets = new Set();

  /** Counts a socket of `node:net`; one that TLS is spoken over carries what TLS makes of the bytes. */
  count(socket) {
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#ended = sum(this.#ended, carriedBy(socket));
    });
  }

  /** How many bytes there were in all so far: `{ sent, received }`. */
  get total() {
    return [...this.#sockets].map(carriedBy).reduce(sum, this.#ended);
  }
}

/** What waits to be written is not sent. */
const carriedBy = ({ bytesRead, bytesWritten, writableLength }) => ({
  sent: Math.max(0, (bytesWritten ?? 0) - writableLength),
  received: bytesRead ?? 0,
});

const sum = (a, b) => ({ sent: a.sent + b.sent, received: a.received + b.received });
