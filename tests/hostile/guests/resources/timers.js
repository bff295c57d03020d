/** Sets timers until there is no more memory. */
export default function () {
  for (;;) setInterval(() => {}, 1e9);
}
