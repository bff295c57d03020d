// The search in the table of metrics.

/** Shows the rows that have the text of `input` in their names. Returns what does it again for new rows. */
export function search(input, rows, found) {
  const apply = () => {
    const wanted = input.value.trim().toLowerCase();
    let count = 0;
    for (const row of rows.rows) {
      row.hidden = !row.dataset.name.toLowerCase().includes(wanted);
      count += row.hidden ? 0 : 1;
    }
    found.textContent = wanted ? `${count} of ${rows.rows.length}` : '';
  };
  input.addEventListener('input', apply);
  input.closest('[hidden]').hidden = false;
  return apply;
}
