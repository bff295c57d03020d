;; Waits with an option that is neither there nor not.
(func $attack
  (call $wait (call $queue-new) (i32.const 1) (i32.const 5) (i64.const 0) (i32.const 0)))
