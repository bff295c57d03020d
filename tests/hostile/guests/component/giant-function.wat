;; Has a function of four megabytes.
(component
  (core module $code
    (func
      ;;×40000 nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    ))
  (core instance (instantiate $code))
  (instance $stages)
  (export "wasock:websocket/lifecycle@0.1.0" (instance $stages)))
