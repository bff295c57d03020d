/** Writes its summary to where it has no business. */
export function handleSummary() {
  return {
    '/etc/hostile-summary.txt': 'x',
    '../hostile-summary.txt': 'x',
    '/dev/full': 'x',
    'no/such/folder.txt': 'x',
    'summary.txt': 'mine',
  };
}

export default function () {}
