;; Logs a text whose end is before its beginning, in 32 bits.
(func $attack
  (call $log (i32.const 1) (i32.const 0) (i32.const -16) (i32.const 64)))
