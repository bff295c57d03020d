// Subtests: many small tests behind one case. A failure is a line of the console; the last line is
// how many passed.

const show = (value) => (typeof value === 'string' ? JSON.stringify(value) : Object.is(value, -0) ? '-0' : String(value));

/** Compares with Object.is; lists are compared by their elements. */
export function equal(actual, expected, what = '') {
  if (Array.isArray(expected)) {
    equal(actual?.length, expected.length, `${what} length`);
    expected.forEach((item, i) => equal(actual[i], item, `${what} [${i}]`));
  } else if (!Object.is(actual, expected)) {
    throw new Error(`${what} is ${show(actual)}, not ${show(expected)}`);
  }
}

/** What a call throws; undefined if it does not. */
export function caught(action) {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Fails unless the call throws an error of this class, and returns the error. */
export function throws(Class, action, what = String(action)) {
  const error = caught(action);
  if (error?.constructor !== Class) throw new Error(`${what} throws ${show(error)}, not a ${Class.name}`);
  return error;
}

/** Fails unless the call throws a DOMException of this name. */
export function throwsDOM(name, action, what = String(action)) {
  equal(throws(DOMException, action, what).name, name, what);
}

/** An object whose members note in a list that they are read. */
export function recorded(members, seen) {
  const object = {};
  for (const name of Object.keys(members).reverse()) {
    Object.defineProperty(object, name, { get: () => (seen.push(name), members[name]), enumerable: true });
  }
  return object;
}

/** Runs subtests one after the other. A generator can yield more of them: `[name, test]`. */
export async function runAll(subtests) {
  let passed = 0;
  for (const [name, test] of subtests instanceof Function ? subtests() : Object.entries(subtests)) {
    try {
      await test();
      passed += 1;
    } catch (error) {
      console.log(`${name}: ${error}`);
    }
  }
  console.log(`${passed} passed`);
}
