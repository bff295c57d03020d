import ws from 'k6/ws';

/** Never lets go of who reads its parameters. */
export default function () {
  const params = {
    get headers() {
      for (;;);
    },
  };
  ws.connect(`${__ENV.WS}/echo`, params, () => {});
}
