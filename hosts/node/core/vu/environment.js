// `environment`: variables, the wall clock, random numbers.
import { RANDOM_BYTES } from '../limits.js';
import { trap } from '../refusal.js';

/** @param {Record<string, string>} variables what the guest gets, and nothing else */
export const environmentOf = (variables) => ({
  variables: () => Object.entries(variables),
  unixTime: () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n,
  randomSeed: () => crypto.getRandomValues(new BigUint64Array(1))[0],
  randomBytes: (length) => {
    if (length > RANDOM_BYTES) {
      throw trap(`the guest asks for ${length} random bytes; ${RANDOM_BYTES} is the most`);
    }
    return crypto.getRandomValues(new Uint8Array(length));
  },
});
