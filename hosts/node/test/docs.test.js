// docs/hosts.md, followed to the letter.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';

import { root, serve } from './server.js';

const server = await serve();
const page = await readFile(`${root}docs/hosts.md`, 'utf8');
const folder = await mkdtemp(join(tmpdir(), 'wasock-docs-'));
after(() => rm(folder, { recursive: true }));

/** The blocks of one kind in a section of the page. */
const blocks = (section, kind) => {
  const [, text] = page.split(`\n## ${section}\n`);
  const inSection = text.split('\n## ')[0];
  return [...inSection.matchAll(new RegExp(`^\`\`\`${kind}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block]) => block);
};

/** Runs the lines of a block that begin with `$`, and looks for the others in what they print. */
const follow = async (block) => {
  const lines = block.trimEnd().split('\n');
  const here = (text) => text.replaceAll('~/wasock/', root).replaceAll('ws://127.0.0.1:8765', server.ws);
  const commands = lines.filter((line) => line.startsWith('$ ')).map((line) => here(line.slice(2)));
  const printed = lines.filter((line) => !line.startsWith('$ ') && line !== '…');
  const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
  const env = { ...process.env, HOME: homedir(), PATH, XDG_CACHE_HOME: join(folder, 'cache') };
  const output = await new Promise((resolve) => {
    execFile('bash', ['-euc', commands.join('\n')], { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, text: `${stdout}${stderr}` });
    });
  });
  assert.equal(output.code, 0, output.text);
  for (const line of printed) assert.ok(output.text.split('\n').includes(line), `${line}\n\nin:\n${output.text}`);
};

test('the section on Node.js can be followed to the letter', async () => {
  const [install, embed] = blocks('Node.js', 'console');
  const [program] = blocks('Node.js', 'js');
  await follow(install);
  await writeFile(join(folder, 'embed.mjs'), program);
  await follow(embed);
});

test('the section on the browser can be followed to the letter', async () => {
  const [make] = blocks('The browser', 'console');
  await follow(make);
  const [program] = blocks('The browser', 'js');
  const index = await readFile(join(folder, 'site/index.html'), 'utf8');
  const [, map] = page.match(/^`(\{ "imports": .*\})`\.$/m);
  assert.ok(index.includes(map));
  for (const [, path] of program.matchAll(/'([\w./]+\.m?js)'/g)) await readFile(join(folder, 'site', path));
});
