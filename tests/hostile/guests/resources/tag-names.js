import exec from 'k6/execution';

/** Sets tags of the virtual user until it is told to stop. */
export default function () {
  for (let i = 0; ; i++) exec.vu.metrics.tags[`tag ${i}`] = `${i}`;
}
