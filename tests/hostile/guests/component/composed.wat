;; Is composed of two components, of which one calls the other.
(component
  (component $callee
    (core module $code
      (memory (export "memory") 1)
      (func (export "take") (param i32 i32))
      (func (export "allocate") (param i32 i32 i32 i32) (result i32) (i32.const 0)))
    (core instance $instance (instantiate $code))
    (func (export "take") (param "text" string)
      (canon lift (core func $instance "take")
        (memory (core memory $instance "memory")) (realloc (core func $instance "allocate")))))
  (component $caller
    (import "take" (func $take (param "text" string)))
    (core module $memory (memory (export "memory") 1))
    (core instance $memory (instantiate $memory))
    (core func $take (canon lower (func $take) (memory (core memory $memory "memory"))))
    (core module $code (import "" "take" (func (param i32 i32))) (func (export "give")))
    (core instance $instance
      (instantiate $code (with "" (instance (export "take" (func $take))))))
    (func (export "give") (canon lift (core func $instance "give"))))
  (instance $callee (instantiate $callee))
  (instance (instantiate $caller (with "take" (func $callee "take"))))
  (instance $stages)
  (export "wasock:websocket/lifecycle@0.1.0" (instance $stages)))
