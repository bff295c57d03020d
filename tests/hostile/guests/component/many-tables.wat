;; Has a thousand tables.
(component
  (core module $code
    ;;×1000 (table 1 funcref)
  )
  (core instance (instantiate $code))
  (instance $stages)
  (export "wasock:websocket/lifecycle@0.1.0" (instance $stages)))
