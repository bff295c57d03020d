;; Logs at a level that there is not.
(func $attack
  (call $log (i32.const 9) (i32.const 0) (i32.const 512) (i32.const 5)))
