import { SharedArray } from 'k6/data';

/** Makes a shared array that has no end. */
export function init() {
  try {
    new SharedArray('endless', () => Array(2 ** 32 - 1));
  } catch (error) {
    if (__VU === 0) console.log(error.message);
  }
}

export default function () {}
