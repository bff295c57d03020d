// The command wasock-browser refuses what no page could run.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../bin/wasock-browser.js', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'wasock-browser-'));
after(() => rm(folder, { recursive: true }));

test('a file that is no test makes no page', async () => {
  const header = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0);
  for (const [name, content, text] of [
    ['empty', header, 'exports no lifecycle, so it is no test'],
    ['text', 'This is text.', 'is no WebAssembly'],
    ['module', Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), 'is a WebAssembly module, and no component'],
  ]) {
    const path = join(folder, `${name}.wasm`);
    await writeFile(path, content);
    const site = join(folder, name);
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, '-o', site, path], { encoding: 'utf8' });
    assert.deepEqual([status, stdout], [104, ''], stderr);
    const [error, hint] = stderr.trimEnd().split('\n');
    assert.equal(error, `error: ${path} ${text}`);
    assert.match(hint, /^hint: /);
    assert.ok(!existsSync(site));
  }
});
