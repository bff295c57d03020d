/** Makes promises that wait for each other until there is no more memory. */
export default function () {
  const never = new Promise(() => {});
  for (;;) never.then(() => {});
}
