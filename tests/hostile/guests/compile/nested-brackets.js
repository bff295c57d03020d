/** Code that is nested deeper than any parser's stack; `×` is for the harness, which repeats. */
export default () => /*×100000*/([/*×*/1/*×100000*/])/*×*/;
