/** An array of two million elements, each of its own. */
export default () => [/*×2000000*/{},/*×*/];
