/** Never gets past its top level. */
export function init() {
  for (;;);
}

export default function () {}
