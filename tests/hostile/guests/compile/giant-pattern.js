/** A regular expression whose repetitions multiply. */
export default () => /(((((a{1,1000}){1,1000}){1,1000}){1,1000}){1,1000}){1,1000}/.test('a');
