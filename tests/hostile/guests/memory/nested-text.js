/** Parses JSON that is nested deeper than any stack. */
export default function () {
  JSON.parse('['.repeat(200_000));
}
