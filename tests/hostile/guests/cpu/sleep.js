import { sleep } from 'k6';

/** Sleeps for thirty years. */
export default function () {
  sleep(1e9);
}
