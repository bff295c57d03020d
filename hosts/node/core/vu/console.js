// `console`: lines for the people who run a guest.

/** @param {(line: { level: string, source: string, line: string, error?: string }) => void} write */
export const consoleOf = (write) => ({
  log: (level, source, line) => write({ level, source, line }),
  logFailure: (level, source, line, error) => write({ level, source, line, error }),
});
