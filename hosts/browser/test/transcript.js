// Runs in the page: a guest writes its transcript. Where the browser has no pings the test sends texts in their place,
// whose echoes let the transcript go on.

/** The lines of the transcript. */
export const transcript = async (ws) => {
  const { instantiate } = await import('/src/index.js');
  const lines = [];

  const wrap = (imports) => {
    const { Socket } = imports['wasock:websocket/sockets'];
    class TalkingSocket extends Socket {
      #awaitsPings = false;

      connect(url, options) {
        this.#awaitsPings = url.endsWith('/ping?n=3');
        return super.connect(url, options);
      }

      opened(handshake, timings) {
        super.opened(handshake, timings);
        if (this.#awaitsPings) for (const number of '012') super.sendText(number);
      }

      ping(payload) {
        try {
          super.ping(payload);
        } catch (error) {
          if (error.payload?.tag === 'other') super.sendText('in place of a ping');
          throw error;
        }
      }
    }
    return { ...imports, 'wasock:websocket/sockets': { Socket: TalkingSocket } };
  };

  const guest = await instantiate('/guest/guest.mjs', {
    network: { blockHostnames: ['blocked.test'] },
    env: { WS: ws },
    log: ({ line }) => lines.push(line),
    wrap,
  });
  await guest.exports.lifecycle.init();
  await guest.exports.lifecycle.iterate('clientTranscript', undefined);
  guest.close();
  return lines;
};
