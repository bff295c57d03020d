import exec from 'k6/execution';

/** Sets metadata of the virtual user until it is told to stop. */
export default function () {
  for (let i = 0; ; i++) exec.vu.metrics.metadata[`name ${i}`] = 'x'.repeat(1_000);
}
