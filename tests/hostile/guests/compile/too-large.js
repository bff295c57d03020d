/** A file that is longer than a script may be. */
export default () => '/*×70000000*/x/*×*/';
