// The command.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { parseArguments, wrongArgument } from 'wasock-host/arguments';
import { HostError } from 'wasock-host/host-error';

import { serve } from './serve.js';
import { site } from './site.js';

const HELP = `Make a page that runs a WebAssembly component of wasock's in the browser

Without --output the page is served to browsers of this machine. In the page one chooses a function and
variables; ?exec=NAME, &e=NAME=VALUE and &run=1 behind its address do so too.

Usage: wasock-browser [OPTIONS] <COMPONENT>

Arguments:
  <COMPONENT>  A component that is built for wasock's world vu

Options:
  -o, --output <FOLDER>  Write the page there, for any web server
      --port <N>         The port to serve at; 0 takes any free one [default: 8080]
  -h, --help             Print help

Examples:
  Look at a guest, with the test server of wasock beside it:
    wasock serve &
    wasock-browser chat.wasm

  Write the files for a web server:
    wasock-browser -o site chat.wasm
`;

const OPTIONS = {
  output: { type: 'string', short: 'o' },
  port: { type: 'string', default: '8080' },
  help: { type: 'boolean', short: 'h', default: false },
};

/** Runs the command; returns the exit code, or nothing while the page is served. */
export const main = async (args) => {
  try {
    const { values, positionals } = parseArguments(args, OPTIONS, wrong);
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    if (positionals.length !== 1)
      throw wrong(positionals.length === 0 ? 'the component is missing' : 'one component makes a page');
    const files = await site(positionals[0]);
    return await (values.output ? write(files, values.output) : show(files, portOf(values.port)));
  } catch (error) {
    const hint = error.hint ? `\nhint: ${error.hint}` : '';
    process.stderr.write(`error: ${error.message}${hint}\n`);
    return error instanceof HostError ? 104 : 255;
  }
};

const wrong = wrongArgument('wasock-browser');

const portOf = (text) => {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw wrong(`--port "${text}": it is a number up to 65535`);
  return port;
};

const write = async (files, folder) => {
  try {
    for (const [path, content] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
  } catch (error) {
    throw new HostError(`${folder} cannot be written: ${error.message}`);
  }
  process.stdout.write(`${folder}: ${files.size} files\n`);
  return 0;
};

const show = async (files, port) => {
  try {
    const { url } = await serve(files, port);
    process.stdout.write(`${url}\n`);
  } catch (error) {
    throw new HostError(`port ${port} cannot be listened on: ${error.message}`, '--port 0 takes any free one');
  }
  return undefined;
};
