;; Exports what a virtual user exports, with other parameters.
(component
  (core module $code (func (export "init") (param i32)))
  (core instance $code (instantiate $code))
  (func $init (param "number" u32) (canon lift (core func $code "init")))
  (instance $lifecycle (export "init" (func $init)))
  (export "wasock:websocket/lifecycle@0.1.0" (instance $lifecycle)))
