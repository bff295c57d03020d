// The options of the command.

import { grantOf } from '../network.js';
import { parseArguments, wrongArgument } from './arguments.js';

const OPTIONS = {
  exec: { type: 'string', default: 'default' },
  iterations: { type: 'string', short: 'i', default: '1' },
  env: { type: 'string', short: 'e', multiple: true, default: [] },
  'allow-read': { type: 'string', multiple: true, default: [] },
  'block-hostnames': { type: 'string', multiple: true, default: [] },
  'blacklist-ip': { type: 'string', multiple: true, default: [] },
  'insecure-skip-tls-verify': { type: 'boolean', default: false },
  metrics: { type: 'string', default: 'text' },
  waiting: { type: 'string' },
  cache: { type: 'string' },
  verbose: { type: 'boolean', short: 'v', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', default: false },
};

const METRICS = ['text', 'json', 'none'];
const WAYS = ['jspi', 'blocking'];

/** Reads arguments; fails with what is wrong about them. */
export const readOptions = (args) => {
  const { values, positionals } = parseArguments(args, OPTIONS, wrong);
  if (values.help || values.version) return values;
  const [component, ...more] = positionals;
  if (component === undefined) throw wrong('the component is missing');
  if (more.length > 0) throw wrong(`there is more than one component: ${positionals.join(', ')}`);
  if (!METRICS.includes(values.metrics)) throw wrong(`--metrics "${values.metrics}": there are ${METRICS.join(', ')}`);
  const { waiting } = values;
  if (waiting !== undefined && !WAYS.includes(waiting))
    throw wrong(`--waiting "${waiting}": there are ${WAYS.join(', ')}`);
  if (values.exec === '') throw wrong('--exec "": name a function');
  if (values.cache === '') throw wrong('--cache "": name a folder');
  const list = (texts) => texts.flatMap((text) => text.split(',')).filter((text) => text !== '');
  return {
    ...values,
    component,
    run: {
      exec: values.exec,
      iterations: iterations(values.iterations),
      env: Object.fromEntries(values.env.map(variable)),
      files: values['allow-read'],
      network: networkOf(list(values['block-hostnames']), list(values['blacklist-ip'])),
      tls: values['insecure-skip-tls-verify'] ? { rejectUnauthorized: false } : undefined,
      ...(waiting && { waiting }),
      ...(values.cache && { cache: values.cache }),
    },
  };
};

const wrong = wrongArgument('wasock-node');

const variable = (text) => {
  const place = text.indexOf('=');
  if (place < 1) throw wrong(`-e "${text}": write NAME=VALUE`);
  return [text.slice(0, place), text.slice(place + 1)];
};

const networkOf = (blockHostnames, blacklistIPs) => {
  const check = (flag, text, rules, expected) => {
    try {
      grantOf(rules);
    } catch {
      throw wrong(`${flag} "${text}": write ${expected}`);
    }
  };
  for (const text of blockHostnames) {
    check('--block-hostnames', text, { blockHostnames: [text] }, 'names such as example.com, *.example.com');
  }
  for (const text of blacklistIPs) {
    check('--blacklist-ip', text, { blacklistIPs: [text] }, 'addresses and ranges such as 10.0.0.1, 10.0.0.0/8');
  }
  return { blockHostnames, blacklistIPs };
};

const iterations = (text) => {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw wrong(`-i "${text}": it is a number from 1 on`);
  return number;
};
