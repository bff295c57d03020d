import { sleep } from 'k6';

/** Sleeps for longer than the world has. */
export default function () {
  sleep(Number.MAX_VALUE);
}
