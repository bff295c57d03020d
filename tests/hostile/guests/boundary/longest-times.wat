;; Waits for as long as 64 bits can say, beside timers that are as far away.
(func $attack (local $queue i32)
  (local.set $queue (call $queue-new))
  (drop (call $timer-new (local.get $queue) (i64.const -1) (i32.const 1) (i64.const -1)))
  (drop (call $timer-new (local.get $queue) (i64.const 0x7fffffffffffffff) (i32.const 0) (i64.const 0)))
  (call $wait (local.get $queue) (i32.const -1) (i32.const 1) (i64.const -1) (i32.const 0)))
