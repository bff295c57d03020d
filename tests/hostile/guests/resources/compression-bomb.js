import { WebSocket } from 'k6/websockets';

/** Lets a server send 256 MiB of zeros in a message that is compressed to a thousandth. */
export default function () {
  const socket = new WebSocket(`${__ENV.WS}/bomb?size=268435456`, null, {
    compression: 'deflate',
  });
  socket.onmessage = ({ data }) => console.log(data.length);
  socket.onerror = ({ error }) => console.log(error);
}
