// Two kinds of failure: values that a guest receives, and traps that end it.

/**
 * What a function of the WIT fails with: the guest receives `payload`. Any other error that such a function throws is
 * a trap.
 */
export class Refusal extends Error {
  /** @param {unknown} payload a value of the error type that the WIT names */
  constructor(payload) {
    super(describe(payload));
    this.payload = payload;
  }
}

/** An error code in words: its name, and its text if it has one. */
export const describe = (code) => {
  if (typeof code === 'string') return code;
  return code.val === undefined ? code.tag : `${code.tag}: ${code.val}`;
};

/** An `error-code` of the WIT. */
export const code = (tag, val) => (val === undefined ? { tag } : { tag, val });

/** The resource is not in a state in which the method may be called. */
export const invalidState = () => new Refusal(code('invalid-state'));

/** An argument breaks a rule; the text says which. */
export const invalidArgument = (text) => new Refusal(code('invalid-argument', text));

/** A limit is reached; `most` names it and its value. */
export const limitReached = (most) => new Refusal(code('limit-reached', limitText(most)));

/** The words for a limit that is reached. */
export const limitText = (most) => `the limit of ${most} is reached`;

/** Ends the guest: it has broken a rule that only a faulty guest breaks. */
export const trap = (text) => new Error(text);
