import ws from 'k6/ws';

/** Goes to 127.0.0.1, which is denied, by all the names that it has. */
export default function () {
  const port = __ENV.WS.split(':').pop();
  const hosts = ['127.0.0.1', '127.1', '127.0.0.1.', '2130706433', '0x7f000001', '0x7f.0.0.1'];
  hosts.push('017700000001', '0177.0.0.1', '127.0.0.2', '127.000.000.001', '①②⑦.0.0.1');
  hosts.push('[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:127.0.0.1]', '[::127.0.0.1]');
  hosts.push('localhost', 'LOCALHOST', 'localhost.', 'user@127.0.0.1', 'good.test@127.0.0.1');
  hosts.push('127.0.0.1%00.good.test', '127.0.0.1#.good.test', '127.0.0.1\\@good.test');
  for (const host of hosts) {
    try {
      const response = ws.connect(`ws://${host}:${port}/echo`, (socket) => socket.close());
      console.log(`${host} → ${response.status} ${response.error}`);
    } catch (error) {
      console.log(`${host} → ${error.message}`);
    }
  }
}
