;; Drops a queue twice.
(func $attack (local $queue i32)
  (local.set $queue (call $queue-new))
  (call $queue-drop (local.get $queue))
  (call $queue-drop (local.get $queue)))
