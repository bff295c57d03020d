;; Waits again each time that it is asked to finish.
(func $attack (local $queue i32)
  (local.set $queue (call $queue-new))
  (loop $again
    (drop (call $event (local.get $queue)))
    (br $again)))
