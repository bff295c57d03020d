/** Each promise job makes the next. */
export default function () {
  const again = () => Promise.resolve().then(again);
  again();
}
