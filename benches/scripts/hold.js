// Each user keeps a connection open.
import ws from 'k6/ws';

export default function () {
  ws.connect(__ENV.URL, {}, () => {});
}
