/** Looks through a hundred thousand prototypes for a property that none has. */
export default function () {
  let object = {};
  for (let i = 0; i < 100_000; i++) object = Object.create(object);
  for (;;) object.missing;
}
