;; Sends 2^31 bytes.
(func $attack
  (call $send-binary (call $socket-new (call $queue-new)) (i32.const 0) (i32.const 0x80000000) (i32.const 0)))
