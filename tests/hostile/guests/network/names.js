import ws from 'k6/ws';

/** Goes to evil.test, which is denied, by all the names that it has. */
export default function () {
  const hosts = ['evil.test', 'EVIL.test', 'evil.test.', 'sub.evil.test', 'good.test@evil.test'];
  hosts.push('evil%2Etest', 'evil。test', 'ｅｖｉｌ.test', 'ev\u00ADil.test', 'evil.test:80');
  for (const host of hosts) {
    try {
      const response = ws.connect(`ws://${host}/echo`, (socket) => socket.close());
      console.log(`${host} → ${response.status} ${response.error}`);
    } catch (error) {
      console.log(`${host} → ${error.message}`);
    }
  }
}
