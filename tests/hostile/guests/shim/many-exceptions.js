/** Rejects a hundred thousand promises that nobody handles. */
export default function () {
  for (let i = 0; i < 100_000; i++) Promise.reject(new Error(`rejected ${i}`));
}
