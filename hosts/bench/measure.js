// Measures one thing in one process, and prints it as JSON: see run.js.
import { instantiate } from 'wasock-host';

const [, , what, component, cache, exec, ws, count] = process.argv;
const began = performance.now();
const options = { cache, network: 'all', env: { WS: ws ?? '', COUNT: count ?? '' }, log() {} };
const guest = await instantiate(component, options);
await guest.exports.lifecycle.init();
const millis = performance.now() - began;
if (what === 'start') process.stdout.write(JSON.stringify({ made: millis, started: millis }));
else {
  const before = performance.now();
  await guest.exports.lifecycle.iterate(exec);
  process.stdout.write(JSON.stringify({ millis: performance.now() - before }));
}
await guest.close();
