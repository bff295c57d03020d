;; Has a memory for threads.
(component
  (core module $code (memory 1 1 shared))
  (core instance (instantiate $code))
  (instance $stages)
  (export "wasock:websocket/lifecycle@0.1.0" (instance $stages)))
