#!/usr/bin/env node
import { exitWith } from 'wasock-host/exit';

import { main } from '../tool/main.js';

const code = await main(process.argv.slice(2));
// Without a code the page is served.
if (code !== undefined) await exitWith(code);
