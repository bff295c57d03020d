/** Gives each virtual user a copy of 32 MiB. */
export function setup() {
  return { data: 'x'.repeat(1 << 25) };
}

export default function (data) {
  console.log(data.data.length);
}
