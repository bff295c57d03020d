/** Throws an error that throws when it is looked at. */
export default function () {
  const error = new Error('hidden');
  for (const name of ['message', 'stack', 'name', 'toString']) {
    Object.defineProperty(error, name, {
      get: () => {
        throw new Error(`${name} is not to be read`);
      },
    });
  }
  throw error;
}
