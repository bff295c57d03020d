;; Uses a queue as a socket.
(func $attack
  (drop (call $socket-id (call $queue-new))))
