// CommonJS modules, which the host wraps into ES modules that call `load`.

import { hasOwn } from 'wasock:primordials';

/** What `require` returns for a module: its `module.exports`, or the namespace of an ES module. */
const exportsOf = (namespace) =>
  namespace.__wasock_commonjs === true ? namespace.default : namespace;

/**
 * Runs a CommonJS module. `dependencies` are the namespaces of the modules it requires, by
 * specifier. Returns its `module.exports`.
 */
export function load(dependencies, factory) {
  const module = { exports: {} };
  const require = (specifier) => {
    if (!hasOwn(dependencies, specifier)) {
      throw new Error(
        `require('${specifier}'): the module is not known; require() takes a string literal, so that modules can be found before the script runs`,
      );
    }
    return exportsOf(dependencies[specifier]);
  };
  factory.call(module.exports, module, module.exports, require);
  return module.exports;
}
