;; Has a thousand memories.
(component
  (core module $code
    ;;×1000 (memory 1)
  )
  (core instance (instantiate $code))
  (instance $stages)
  (export "wasock:websocket/lifecycle@0.1.0" (instance $stages)))
