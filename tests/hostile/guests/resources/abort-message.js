import exec from 'k6/execution';

/** Marks the test as failed, with a message of sixteen million characters. */
export default function () {
  exec.test.fail('x'.repeat(1 << 24));
}
