;; Uses the largest number that there is as a socket.
(func $attack
  (drop (call $socket-id (i32.const -1))))
