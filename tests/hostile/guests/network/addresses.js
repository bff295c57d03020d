import ws from 'k6/ws';

/** Goes to 127.0.0.2, which is denied, by all the names that it has. */
export default function () {
  const port = __ENV.WS.split(':').pop();
  const hosts = ['127.0.0.2', '127.0.2', '127.2', '127.0.0.2.', '2130706434', '0x7f000002'];
  hosts.push('0x7f.0.0.2', '017700000002', '0177.0.0.2', '127.000.000.002', '①②⑦.0.0.2');
  hosts.push('[::ffff:127.0.0.2]', '[::ffff:7f00:2]', '[0:0:0:0:0:ffff:127.0.0.2]');
  hosts.push('127.0.0.2#.good.test', '127.0.0.2\\@good.test', '127.0.0.2?.good.test');
  for (const host of hosts) {
    const { status, error } = ws.connect(`ws://${host}:${port}/echo`, (socket) => socket.close());
    console.log(`${host} → ${status} ${error}`);
  }
}
