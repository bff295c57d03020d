/** Sets ten thousand timers that are always due. */
export default function () {
  for (let i = 0; i < 10_000; i++) setInterval(() => {}, 0);
}
