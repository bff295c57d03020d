/** Never gets past `teardown`. */
export function teardown() {
  for (;;);
}

export default function () {}
