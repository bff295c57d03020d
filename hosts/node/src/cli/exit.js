// Ends the process of a command.

/** Ends the process with a code when all that was printed is written, whatever is still open. */
export const exitWith = async (code) => {
  const written = (stream) => new Promise((resolve) => stream.write('', resolve));
  await Promise.all([written(process.stdout), written(process.stderr)]);
  process.exit(code);
};
