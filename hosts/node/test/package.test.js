// What the packages of the hosts have besides their code.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { root } from './server.js';

const text = (path) => readFile(`${root}${path}`, 'utf8');

for (const host of ['node', 'browser', 'python']) {
  test(`the package of ${host} has the license, and no link that leads out of it`, async () => {
    assert.equal(await text(`hosts/${host}/LICENSE`), await text('LICENSE'));
    const readme = await text(`hosts/${host}/README.md`);
    const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link);
    assert.ok(links.length > 0);
    for (const link of links) assert.match(link, /^https:\/\/github\.com\/wasock\/wasock\//);
    assert.match(readme, /^\$ (npm install|pip install) wasock-host/m);
  });
}

for (const host of ['node', 'browser']) {
  test(`the tarball of ${host} has types, license and metadata`, async () => {
    const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json'], {
      cwd: `${root}hosts/${host}`,
    });
    const paths = JSON.parse(stdout)[0].files.map(({ path }) => path);
    for (const path of ['LICENSE', 'README.md', 'index.d.ts']) assert.ok(paths.includes(path), path);
    const described = JSON.parse(await text(`hosts/${host}/package.json`));
    for (const field of ['repository', 'homepage', 'keywords', 'author', 'license', 'bugs'])
      assert.ok(described[field], field);
    // What is named there needs no types of anybody else.
    assert.doesNotMatch(await text(`hosts/${host}/index.d.ts`), /node:/);
  });
}
