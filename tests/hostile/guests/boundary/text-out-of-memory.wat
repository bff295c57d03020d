;; Logs a text that ends behind its memory.
(func $attack
  (call $log (i32.const 1) (i32.const 0) (i32.const 131070) (i32.const 16)))
