;; Calls a function that is none, by number.
(table 10 funcref)
(func $attack
  (call_indirect (i32.const 99)))
