/** Keeps the engine's own loops busy, which no interruption of the script reaches. */
export default function () {
  const text = 'a'.repeat(1 << 22);
  for (;;) text.split('').reverse().join('').lastIndexOf('b');
}
