/** A getter that reads itself, a toString that calls itself, a Proxy that asks itself. */
export default function () {
  const getter = Object.defineProperty({}, 'again', { get: () => getter.again });
  const text = { toString: () => `${text}` };
  const proxy = new Proxy({}, { get: (_, name) => proxy[name] });
  for (const attempt of [() => getter.again, () => String(text), () => proxy.again]) {
    try {
      attempt();
    } catch (error) {
      console.log(`${error.name}: ${error.message}`);
    }
  }
}
