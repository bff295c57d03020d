// Arguments of the commands.
import { parseArgs } from 'node:util';

import { HostError } from '../../core/host-error.js';

/** What is wrong with the arguments of a command, with a hint. */
export const wrongArgument = (command) => (text) =>
  new HostError(text, `${command} --help has the options, with examples`);

/** Values and positionals of the arguments, by options as `parseArgs` has them; throws what `wrong` makes of a text. */
export const parseArguments = (args, options, wrong) => {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch ({ message }) {
    const [first] = message.split(/\. |\n/);
    throw wrong(first.charAt(0).toLowerCase() + first.slice(1));
  }
};
