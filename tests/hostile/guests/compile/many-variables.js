/** A function with more variables than an instruction can number. */
export default () => {
  /*×70000*/var x# = #;/*×*/
};
