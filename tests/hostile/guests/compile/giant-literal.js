/** A string of sixty megabytes. */
export default () => '/*×60000000*/x/*×*/';
