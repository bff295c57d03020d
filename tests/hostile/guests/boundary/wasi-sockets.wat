;; Asks WASI for a network, and for a socket in it.
(import "wasi:sockets/instance-network@0.2.6" "instance-network" (func $network (result i32)))
(import "wasi:sockets/tcp-create-socket@0.2.6" "create-tcp-socket" (func $create (param $family i32) (param $out i32)))
(data (i32.const 2048) "not granted")
(func $attack
  (drop (call $network))
  (call $create (i32.const 0) (i32.const 0))
  ;; The error `access-denied`.
  (call $check (i32.const 2048) (i32.const 11)
    (i32.and (i32.eq (i32.load8_u (i32.const 0)) (i32.const 1)) (i32.eq (i32.load8_u (i32.const 4)) (i32.const 1)))
    (i32.const 0) (i32.const 0)))
