;; Uses the number of a dropped socket, which is now another resource's.
(func $attack (local $queue i32) (local $socket i32)
  (local.set $queue (call $queue-new))
  (local.set $socket (call $socket-new (local.get $queue)))
  (call $socket-drop (local.get $socket))
  (drop (call $jar-new))
  (drop (call $socket-id (local.get $socket))))
