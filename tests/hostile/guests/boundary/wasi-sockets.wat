;; Asks WASI for a TCP connection to this machine.
(import "wasi:sockets/instance-network@0.2.6" "instance-network" (func $network (result i32)))
(import "wasi:sockets/tcp-create-socket@0.2.6" "create-tcp-socket" (func $tcp-socket (param i32 i32)))
(import "wasi:sockets/tcp@0.2.6" "[method]tcp-socket.start-connect"
  (func $start-connect (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
(import "wasi:sockets/tcp@0.2.6" "[method]tcp-socket.finish-connect" (func $finish-connect (param i32 i32)))
(data (i32.const 2048) "denied")
(func $attack (local $socket i32)
  (call $tcp-socket (i32.const 0) (i32.const 0))
  (local.set $socket (i32.load (i32.const 4)))
  (call $start-connect (local.get $socket) (call $network) (i32.const 0)
    (i32.const 80) (i32.const 127) (i32.const 0) (i32.const 0) (i32.const 1)
    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
    (i32.const 0))
  (loop $would-block
    (call $finish-connect (local.get $socket) (i32.const 0))
    (br_if $would-block
      (i32.and (i32.load8_u (i32.const 0)) (i32.eq (i32.load8_u (i32.const 4)) (i32.const 8)))))
  ;; An error, and the one that says "access denied".
  (call $check (i32.const 2048) (i32.const 6)
    (i32.and (i32.load8_u (i32.const 0)) (i32.eq (i32.load8_u (i32.const 4)) (i32.const 1)))
    (i32.const 0) (i32.const 0)))
