import ws from 'k6/ws';

/** Goes to evil.test and what is below it, which are denied, by all the names that they have. */
export default function () {
  const hosts = ['evil.test', 'EVIL.test', 'evil.test.', 'sub.evil.test', 'good.test@evil.test'];
  hosts.push('evil%2Etest', 'evil。test', 'ｅｖｉｌ.test', 'ev\u00ADil.test', 'evil.test:80');
  for (const host of hosts) {
    const { status, error } = ws.connect(`ws://${host}/echo`, (socket) => socket.close());
    console.log(`${host} → ${status} ${error}`);
  }
}
