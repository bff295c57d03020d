import ws from 'k6/ws';

/** Puts what is granted before the @ of a URL, where the name of a user is, and what is denied behind it. */
export default function () {
  const port = __ENV.WS.split(':').pop();
  for (const host of ['127.0.0.1@127.0.0.2', '127.0.0.1:80@127.0.0.2', '127.0.0.1%40127.0.0.2']) {
    try {
      const { status, error } = ws.connect(`ws://${host}:${port}/echo`, (socket) => socket.close());
      console.log(`${host} → ${status} ${error}`);
    } catch (error) {
      console.log(`${host} → ${error.message}`);
    }
  }
}
