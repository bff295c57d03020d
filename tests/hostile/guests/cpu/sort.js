/** Sorts with a comparator that contradicts itself and changes what is sorted. */
export default function () {
  const items = Array.from({ length: 2_000 }, (_, i) => i);
  let calls = 0;
  items.sort(() => {
    if (++calls % 100 === 0) items.length = calls % 2_000;
    return calls % 3 === 0 ? -1 : calls % 2 === 0 ? Number.NaN : 1;
  });
  console.log(calls < 10_000_000);
}
