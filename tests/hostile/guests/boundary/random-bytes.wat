;; Asks for more random bytes than a call gives.
(func $attack
  (call $random-bytes (i32.const -1) (i32.const 0)))
