// What changes in the shim while a virtual user runs. It is one object, because what the snapshot has is
// shared by all virtual users until it is written: variables of many modules would cost each of them a
// page of memory.

export const state = {
  /** The stage of the test. */
  phase: 'none',
  /** What the host's clocks read when the virtual user started. */
  monotonicOrigin: 0,
  unixOrigin: 0,
  /** What the script exports. */
  scriptExports: { __proto__: null },
  /** Whether the run keeps scripts from changing `__ENV`. */
  freezesEnvironment: false,
  /** The options that are in force, once somebody has asked for them. */
  options: null,
  /** The host's jar for handshakes that are given none: one handle for all of them. */
  currentJar: null,
  /** Whether there can be a cookie in a jar of this virtual user's that no script has made. */
  mayHaveCookies: false,
  /** The last URL without a base, and its parts: virtual users connect to the same one again and again. */
  url: '',
  urlRecord: null,
  /** Whether anybody asks which connection a socket stands for. */
  asksForConnections: false,
};
