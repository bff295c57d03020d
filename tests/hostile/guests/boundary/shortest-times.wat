;; Never waits: looks for events again and again, with a timer that is always due.
(func $attack (local $queue i32)
  (local.set $queue (call $queue-new))
  (drop (call $timer-new (local.get $queue) (i64.const 0) (i32.const 1) (i64.const 0)))
  (loop $again
    (global.set $free (i32.const 4096))
    (call $wait (local.get $queue) (i32.const 64) (i32.const 1) (i64.const 0) (i32.const 0))
    (br $again)))
