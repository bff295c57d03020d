/** Keeps entries in a Map until there is no more memory. */
export default function () {
  const map = new Map();
  for (let i = 0; ; i++) map.set(`key ${i}`, { i });
}
