#!/usr/bin/env node
import { exitWith } from '../src/cli/exit.js';
import { main } from '../src/cli/main.js';

await exitWith(await main(process.argv.slice(2)));
