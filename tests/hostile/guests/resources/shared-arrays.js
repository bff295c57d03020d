import { SharedArray } from 'k6/data';

/** Makes shared arrays until it is told to stop. */
export function init() {
  try {
    for (let i = 0; i < 3_000; i++) {
      new SharedArray(`array ${i}`, () => new Array(16).fill('x'.repeat(1 << 16)));
    }
  } catch (error) {
    if (__VU === 0) console.log(error.message);
  }
}

export default function () {}
