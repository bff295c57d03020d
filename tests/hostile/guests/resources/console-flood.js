/** Writes to the console without end. */
export default function () {
  for (;;) console.log('noise');
}
