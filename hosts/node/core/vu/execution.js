// `execution`: where a guest is in what it is run for. There is one user, and no load.

/** One user that runs iterations one after another. */
export class Execution {
  #began = performance.now();
  #iteration;
  #scenario;
  /** Iterations that ran to their end, and that were cut short. */
  completed = 0;
  interruptedCount = 0;
  /** What the guest has said about the run: `{ kind: 'abort' | 'fail', message }`. */
  verdict;
  /** The options of the guest, as JSON. */
  options = '{}';

  /** @param {string} [scenario] the name of the scenario */
  constructor(scenario = 'default') {
    this.#scenario = { name: scenario, executor: 'shared-iterations', startTime: Date.now() };
  }

  /** An iteration begins; `number` counts from 0. */
  begin(number) {
    this.#iteration = number;
  }

  /** An option of the guest's by its name, if there is one. */
  option(name) {
    try {
      return JSON.parse(this.options)?.[name];
    } catch {
      // Nobody has promised that a guest returns JSON.
      return undefined;
    }
  }

  /** An iteration is over. */
  end(ranToItsEnd) {
    this.#iteration = undefined;
    if (ranToItsEnd) this.completed += 1;
    else this.interruptedCount += 1;
  }

  /** The interface for the guest; `interrupt` asks it to finish. */
  imports(client, interrupt) {
    const inIteration = () => this.#iteration !== undefined;
    const number = () => BigInt(this.#iteration ?? 0);
    return {
      vu: () => ({
        idInInstance: inIteration() ? 1 : 0,
        idInTest: inIteration() ? 1 : 0,
        iterationInInstance: number(),
        iterationInScenario: number(),
      }),
      scenario: () =>
        inIteration()
          ? { ...this.#scenario, progress: 0, iterationInInstance: number(), iterationInTest: number() }
          : undefined,
      instance: () => ({
        currentTestRunDuration: performance.now() - this.#began,
        iterationsCompleted: BigInt(this.completed),
        iterationsInterrupted: BigInt(this.interruptedCount),
        vusActive: inIteration() ? 1 : 0,
        vusInitialized: 1,
      }),
      options: () => this.options,
      abort: (message) => {
        this.verdict = { kind: 'abort', message };
        interrupt();
      },
      fail: (message) => {
        this.verdict ??= { kind: 'fail', message };
      },
      interrupted: () => client.interrupted,
    };
  }
}
