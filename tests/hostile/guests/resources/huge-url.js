import ws from 'k6/ws';

/** Connects to URLs of a megabyte. */
export default function () {
  const long = 'x'.repeat(1 << 20);
  for (const url of [`${__ENV.WS}/${long}`, `ws://${long}/`, `${long}://a`, `ws://a:${long}/`]) {
    try {
      const response = ws.connect(url, (socket) => socket.close());
      console.log(`status ${response.status}`);
    } catch (error) {
      console.log(error.message.replaceAll(/x{20,}/g, 'x…').slice(0, 100));
    }
  }
}
