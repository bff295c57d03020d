// Each user keeps a connection open, the users by turns to each of several servers.
import ws from 'k6/ws';
import exec from 'k6/execution';

const urls = __ENV.URLS.split(' ');

export default function () {
  ws.connect(urls[exec.vu.idInTest % urls.length], {}, () => {});
}
