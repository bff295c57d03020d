;; Has a memory with addresses of 64 bits, as large as they allow.
(component
  (core module $code (memory i64 0x100000000))
  (core instance (instantiate $code))
  (instance $stages)
  (export "wasock:websocket/lifecycle@0.1.0" (instance $stages)))
