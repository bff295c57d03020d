;; Uses a socket that nobody gave to it.
(func $attack
  (drop (call $socket-id (i32.const 7))))
