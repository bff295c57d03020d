;; Is a module, not a component.
(module (func (export "run")))
