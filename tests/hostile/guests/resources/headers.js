import ws from 'k6/ws';

/** Sends ten thousand header fields, and one of a megabyte. */
export default function () {
  const many = {};
  for (let i = 0; i < 10_000; i++) many[`X-Header-${i}`] = `${i}`;
  for (const headers of [many, { 'X-Long': 'x'.repeat(1 << 20) }, { 'X-Split': 'a\r\nHost: b' }]) {
    try {
      const { status } = ws.connect(`${__ENV.WS}/echo`, { headers }, (socket) => socket.close());
      console.log(status);
    } catch (error) {
      console.log(error.message.slice(0, 80));
    }
  }
}
