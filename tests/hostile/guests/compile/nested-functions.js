/** Functions inside of functions. */
export default () => /*×9000*/(() => /*×*/1/*×9000*/)/*×*/;
