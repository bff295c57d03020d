// The exported stages of a test, whose iterations are counted.

/** The name under which they are exported, and the one that embedders have, which may be that of another package. */
const [NAME, SHORT] = ['wasock:websocket/lifecycle@0.1.0', 'lifecycle'];

/**
 * Exports of which the stages, if there are any, tell `execution` and `measurements` what happens.
 *
 * @param {() => void} [onIteration] is called before each iteration
 * @returns the exports; stages return promises
 */
export const counted = (exports, execution, measurements, onIteration = () => {}) => {
  const stages = exports[NAME];
  if (!stages) return exports;
  let iterations = 0;

  const init = async () => {
    const info = await stages.init();
    execution.options = info.options ?? '{}';
    return info;
  };

  const iterate = async (name, data) => {
    execution.begin(iterations);
    onIteration();
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
  return { ...exports, [NAME]: all, [SHORT]: all };
};
