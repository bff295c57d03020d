/** Looks through a hundred thousand proxies, one behind the other. */
export default function () {
  let chain = {};
  for (let i = 0; i < 100_000; i++) chain = new Proxy(chain, {});
  for (const attempt of [() => chain.x, () => 'x' in chain, () => Object.keys(chain)]) {
    try {
      attempt();
    } catch (error) {
      console.log(`${error.name}: ${error.message}`);
    }
  }
}
