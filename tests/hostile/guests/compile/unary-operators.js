/** An expression of a million operators that nest without brackets. */
export default () => /*×1000000*/!/*×*/1;
