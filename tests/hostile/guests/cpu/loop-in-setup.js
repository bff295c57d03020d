/** Never gets past `setup`. */
export function setup() {
  for (;;);
}

export default function () {}
