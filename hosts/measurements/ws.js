// What hosts have to measure of sockets by the rules of `k6/ws`. CASE names one of the functions.
import ws from 'k6/ws';

/** Each host tells servers another name of its own, and bytes are counted. */
const params = { headers: { 'User-Agent': 'croc' } };

const to = (path, talk) => ws.connect(`${__ENV.WSS}${path}`, params, talk);

const cases = {
  echo() {
    to('/echo', (socket) => {
      let replies = 0;
      socket.on('open', () => {
        for (const text of ['a', 'b', 'c']) socket.send(text);
      });
      socket.on('message', () => {
        replies += 1;
        if (replies === 3) socket.close();
      });
    });
  },
  pings() {
    to('/ping?n=3', (socket) => {
      socket.on('open', () => socket.ping());
      socket.on('pong', () => socket.close());
    });
  },
  sendsLate() {
    to('/echo', (socket) => {
      socket.on('open', () => socket.close());
      socket.on('close', () => socket.send('nobody hears this'));
    });
  },
  refused() {
    ws.connect('ws://127.0.0.1:9', {}, () => {});
  },
  noUrl() {
    ws.connect('nonsense', {}, () => {});
  },
  breaks() {
    to('/drop', (socket) => {
      socket.on('open', () => socket.send('a'));
    });
  },
  throws() {
    to('/echo', (socket) => {
      socket.on('open', () => {
        socket.send('a');
        throw new Error('it went wrong');
      });
    });
  },
};

export default () => cases[__ENV.CASE]();
