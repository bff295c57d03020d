/** Imports what the run does not grant, and the shim's own insides. */
export default async function () {
  const names = ['file:///etc/passwd', '../../../../etc/passwd', 'https://example.com/a.js', 'std'];
  names.push('os', 'wasock:native', 'wasock:main', 'native', '/proc/self/environ', '');
  for (const name of names) {
    try {
      await import(name);
      console.log(`imported ${name}`);
    } catch (error) {
      console.log(`${error}`);
    }
  }
}
