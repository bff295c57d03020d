// k6-utils 1.1.0

import { randomString as anyString } from 'wasock:k6-utils';

export {
  findFirstBetween as findBetween,
  randomIntBetween,
  randomItem,
  uuidv4,
} from 'wasock:k6-utils';

/** A random text of lower-case letters. */
export const randomString = (length) => anyString(length);
