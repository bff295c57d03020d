;; Measures a socket again and again until it is told to stop.
(func $attack (local $queue i32) (local $socket i32)
  (local.set $queue (call $queue-new))
  (local.set $socket (call $socket-new (local.get $queue)))
  (loop $more
    (drop (call $meter-new (local.get $socket) (i32.const 0) (i32.const 0) (i32.const 0)))
    (br $more)))
