;; Logs bytes that are no text.
(data (i32.const 2048) "\ff\fe\c0\80")
(func $attack
  (call $log (i32.const 1) (i32.const 0) (i32.const 2048) (i32.const 4)))
