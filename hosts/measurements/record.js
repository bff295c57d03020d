// Writes measurements.json anew, with what `wasock run` measures: `node hosts/measurements/record.js [SCRIPT [CASE]]`.
// A case that is named and not there is added; else all are run again.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const wasock = join(here, '../../target/release/wasock');
const table = join(here, 'measurements.json');
const folder = await mkdtemp(join(tmpdir(), 'wasock-record-'));

/** What hosts do not have. */
const LEFT_OUT = ['vus', 'vus_max'];

const serve = async () => {
  const args = ['serve', '--port', '0', '--tls-port', '0', '--json', '--quiet'];
  const server = spawn(wasock, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(server.stdout), 'line');
  return { url: `ws://${JSON.parse(line).address}`, end: () => server.kill('SIGINT') };
};

/** Runs a case; returns its exit code, and its samples. */
const samplesOf = async ({ script, guest, case: name }, url) => {
  const [file, server] = script
    ? [join(here, script), url]
    : [join(here, `../../target/guests/${guest}.wasm`), REFUSES];
  const samples = join(folder, 'samples.json');
  const env = ['-e', `WSS=${server}`, '-e', `CASE=${name}`];
  const args = ['run', '-q', '-u', '1', '-i', '1', ...env, '-o', `json=${samples}`, file];
  const code = await new Promise((resolve) => execFile(wasock, args, (error) => resolve(error?.code ?? 0)));
  const lines = (await readFile(samples, 'utf8')).trimEnd().split('\n');
  return { code, lines: lines.map((line) => JSON.parse(line)) };
};

/** Where nobody listens. */
const REFUSES = 'ws://127.0.0.1:9';

const SUMS = {
  counter: (values) => ({ count: values.reduce((sum, value) => sum + value, 0) }),
  trend: (values) => ({ count: values.length }),
  rate: (values) => {
    const passes = values.filter((value) => value !== 0).length;
    return { passes, fails: values.length - passes };
  },
};

/** The sums of samples by metric, in order of name. */
const summed = (lines) => {
  const metrics = lines.filter(({ type }) => type === 'Metric').map(({ data }) => data);
  const sums = metrics.map(({ name, type: kind, contains: contents }) => {
    const points = lines.filter(({ type, metric }) => type === 'Point' && metric === name);
    return [name, { kind, contents, ...SUMS[kind]?.(points.map(({ data }) => data.value)) }];
  });
  return sums.filter(([name]) => !LEFT_OUT.includes(name)).sort(([a], [b]) => (a < b ? -1 : 1));
};

const record = async (one, url) => {
  const { code, lines } = await samplesOf(one, url);
  const isKept = ([name]) => !one.varies?.includes(name);
  const exits = { 'wasock run': code, hosts: one.exits?.hosts ?? code };
  return { ...one, exits, metrics: Object.fromEntries(summed(lines).filter(isKept)) };
};

const { about, cases } = JSON.parse(await readFile(table, 'utf8'));
const [script, name] = process.argv.slice(2);
const isMeant = (one) => (!script || one.script === script) && (!name || one.case === name);
const added = name && !cases.some(isMeant) ? [{ script, case: name }] : [];
const server = await serve();
const recorded = [];
for (const one of [...cases, ...added]) recorded.push(isMeant(one) ? await record(one, server.url) : one);
server.end();
await writeFile(table, `${JSON.stringify({ about, cases: recorded }, null, 2)}\n`);
await rm(folder, { recursive: true });
