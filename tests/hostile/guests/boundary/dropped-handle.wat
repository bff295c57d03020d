;; Waits on a queue that it has dropped.
(func $attack (local $queue i32)
  (local.set $queue (call $queue-new))
  (call $queue-drop (local.get $queue))
  (drop (call $event (local.get $queue))))
