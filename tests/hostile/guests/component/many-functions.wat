;; Has more functions than a module may have.
(component
  (core module $code
    ;;×1000001 (func)
  )
  (core instance (instantiate $code))
  (instance $stages)
  (export "wasock:websocket/lifecycle@0.1.0" (instance $stages)))
