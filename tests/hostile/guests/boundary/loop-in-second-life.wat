;; Traps, and never gets past `init` when it is replaced.
(func $attack (unreachable))
(func $at-init
  (call $instance (i32.const 0))
  (if (i64.ne (i64.load (i32.const 16)) (i64.const 0))
    (then (loop (br 0)))))
