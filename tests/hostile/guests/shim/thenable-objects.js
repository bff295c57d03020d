/** Makes every object a thenable that throws. */
export default async function () {
  Object.defineProperty(Object.prototype, 'then', {
    __proto__: null,
    get: () => {
      throw new Error('no object is safe');
    },
    configurable: true,
  });
}
