/** Throws an error whose stack is not one, but looks like the host's own files. */
export default function () {
  const error = new Error('forged');
  error.stack = '    at root (file:///etc/passwd:1:1)\n    at \u0000 (:99999999999:-1)';
  throw error;
}
