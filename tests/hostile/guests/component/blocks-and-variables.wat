;; Has a function in which each of many variables changes between each of many blocks.
(component
  (core module $code
    (func
      ;;×20000 (local i32)
      ;;×20000 (loop (local.set 7919 (i32.add (local.get 19) (i32.const 1))) (br_if 0 (local.get 7919)))
    ))
  (core instance (instantiate $code))
  (instance $stages)
  (export "wasock:websocket/lifecycle@0.1.0" (instance $stages)))
