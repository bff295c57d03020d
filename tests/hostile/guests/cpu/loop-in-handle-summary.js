/** Never gets past `handleSummary`. */
export function handleSummary() {
  for (;;);
}

export default function () {}
