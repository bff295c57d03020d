;; Connects a socket whose queue it has dropped, and drops it while it connects.
(func $attack (local $queue i32) (local $socket i32)
  (local.set $queue (call $queue-new))
  (local.set $socket (call $socket-new (local.get $queue)))
  (call $queue-drop (local.get $queue))
  (call $dial (local.get $socket))
  (call $socket-drop (local.get $socket)))
