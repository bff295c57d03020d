;; Has a memory of four gigabytes from the beginning.
(component
  (core module $code (memory 65536))
  (core instance (instantiate $code)))
