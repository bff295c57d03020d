/** Makes promises tell nobody, and waits for one. */
export default async function () {
  Promise.prototype.then = () => undefined;
  Promise.resolve = () => ({ then: () => undefined });
  await new Promise((resolve) => setTimeout(resolve, 1));
  console.log('went on');
}
