;; Logs a hundred million characters, none of which can be printed.
(func $attack
  (drop (memory.grow (i32.const 1600)))
  (call $log (i32.const 1) (i32.const 0) (i32.const 0x10000) (i32.const 100000000)))
