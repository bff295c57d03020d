/** Opens what is not its own, and its own without end. */
export function init() {
  const paths = ['/etc/passwd', '../../../../../../etc/passwd', 'file:///etc/passwd', '/dev/zero'];
  paths.push('/proc/self/environ', 'https://example.com/', '.', '', '\0', 'x'.repeat(100_000));
  for (const path of paths) {
    try {
      open(path);
      if (__VU === 1) console.log(`opened ${path}`);
    } catch (error) {
      if (__VU === 1) console.log(error.message.slice(0, 60));
    }
  }
  for (let i = 0; i < 2_000; i++) open('./open.js', 'b');
}

export default function () {}
