/** What a call throws, as text. */
export function thrown(action) {
  try {
    action();
    return 'nothing';
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}
