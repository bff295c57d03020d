// A test names the exported function that it wants run in `__ENV.CASE`. It runs once; the bounds
// turn a script that would never end into a failing test.

export const options = {
  scenarios: {
    default: {
      executor: 'per-vu-iterations',
      exec: __ENV.CASE,
      maxDuration: '15s',
      gracefulStop: '0s',
    },
  },
};
