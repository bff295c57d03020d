;; Makes timers until it is told to stop.
(func $attack (local $queue i32) (local $socket i32)
  (local.set $queue (call $queue-new))
  (local.set $socket (call $socket-new (local.get $queue)))
  (loop $more
    (drop (call $timer-new (local.get $queue) (i64.const 0) (i32.const 1) (i64.const 1)))
    (br $more)))
