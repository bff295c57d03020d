// Errors of whoever uses this host.

/** What is wrong, in words for people; `hint` says how to mend it, if that is known. */
export class HostError extends Error {
  /**
   * @param {string} message
   * @param {string} [hint]
   */
  constructor(message, hint) {
    super(message);
    this.name = 'HostError';
    this.hint = hint;
  }
}
