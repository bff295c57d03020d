;; Has a table of as many elements as 32 bits can count.
(component
  (core module $code (table 0xffffffff funcref))
  (core instance (instantiate $code)))
