;; Logs more than a call may carry.
(func $attack
  (drop (memory.grow (i32.const 3000)))
  (call $log (i32.const 1) (i32.const 0) (i32.const 0x10000) (i32.const 190000000)))
