// The exported stages of a test, whose iterations are counted.

/** The names under which jco exports them. */
const NAMES = ['lifecycle', 'wasock:websocket/lifecycle@0.1.0'];

/**
 * Exports of which the stages, if there are any, tell `execution` and `measurements` what happens.
 *
 * @returns the exports; stages return promises
 */
export const counted = (exports, execution, measurements) => {
  const stages = exports[NAMES[0]];
  if (!stages) return exports;
  let iterations = 0;

  const init = async () => {
    const info = await stages.init();
    execution.options = info.options ?? '{}';
    return info;
  };

  const iterate = async (name, data) => {
    execution.begin(iterations);
    iterations += 1;
    const began = performance.now();
    let ranToItsEnd = true;
    try {
      await stages.iterate(name, data);
    } catch (failure) {
      ranToItsEnd = failure?.tag === 'exception';
      throw failure;
    } finally {
      execution.end(ranToItsEnd);
      if (ranToItsEnd) measurements.iterated(performance.now() - began);
    }
  };

  const all = {
    init,
    iterate,
    setup: async () => stages.setup(),
    teardown: async (data) => stages.teardown(data),
    handleSummary: async (data) => stages.handleSummary(data),
  };
  // Stages that it lacks are not there here either.
  for (const name of Object.keys(all)) if (typeof stages[name] !== 'function') delete all[name];
  return { ...exports, ...Object.fromEntries(NAMES.map((name) => [name, all])) };
};
