import { group } from 'k6';

/** Makes groups inside of groups. */
export default function () {
  const deeper = (depth) => group(`group ${depth}`, () => depth < 1_000 && deeper(depth + 1));
  for (let i = 0; i < 10; i++) group(`outer ${i}`, () => deeper(0));
}
