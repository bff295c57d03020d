/** Throws a proxy whose every trap throws. */
export default function () {
  const trap = () => {
    throw new Error('trapped');
  };
  throw new Proxy({}, new Proxy({}, { get: () => trap }));
}
