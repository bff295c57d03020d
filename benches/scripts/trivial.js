// Nothing: what is left is the start of the program.
export default function () {}
