import http from 'k6/http';

/** Lets a server send 256 MiB of zeros that are compressed to a thousandth. */
export default function () {
  const response = http.get(`${__ENV.WS.replace('ws', 'http')}/http/gzip?size=268435456`);
  console.log(response.error, response.status);
}
