// Measures one thing in one process, and prints it as JSON: see run.js.
import { instantiate } from 'wasock-host';

const [, , what, component, cache, exec, ws, count] = process.argv;
/** Milliseconds of processor time, of all threads. */
const processor = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const began = processor();
const options = { cache, network: 'all', env: { WS: ws ?? '', COUNT: count ?? '' }, log() {} };
const guest = await instantiate(component, options);
await guest.exports.lifecycle.init();
const millis = processor() - began;
if (what === 'start') process.stdout.write(JSON.stringify({ millis }));
else {
  const before = processor();
  await guest.exports.lifecycle.iterate(exec);
  process.stdout.write(JSON.stringify({ millis: processor() - before }));
}
await guest.close();
