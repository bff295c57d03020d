;; Sends "hello" to the server at a URL, and returns the first message that comes.
(module
  (import "wasock:websocket/events@0.1.0" "[constructor]event-queue" (func $queue (result i32)))
  (import "wasock:websocket/events@0.1.0" "[method]event-queue.wait"
    (func $wait (param $queue i32) (param $max i32) (param $some i32) (param $nanos i64) (param $result i32)))
  (import "wasock:websocket/sockets@0.1.0" "[constructor]socket" (func $socket (param i32) (result i32)))
  (import "wasock:websocket/sockets@0.1.0" "[method]socket.connect" (func $connect (param $arguments i32) (param $result i32)))
  (import "wasock:websocket/sockets@0.1.0" "[method]socket.send-text"
    (func $send (param $socket i32) (param $data i32) (param $length i32) (param $result i32)))

  (memory (export "memory") 1)
  ;; 0x000: the result of an import; 0x100: the arguments of connect; 0x200: the result of `run`.
  (data (i32.const 0x300) "hello")
  (global $free (mut i32) (i32.const 0x1000))

  ;; A run is short, so memory is never given back.
  (func (export "cabi_realloc") (param i32 i32) (param $align i32) (param $size i32) (result i32)
    (local $start i32)
    (local.set $start
      (i32.and
        (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $start) (local.get $size)))
    (local.get $start))

  ;; Waits for one event, and returns where it is.
  (func $next (param $queue i32) (result i32)
    (call $wait (local.get $queue) (i32.const 1) (i32.const 0) (i64.const 0) (i32.const 0))
    (i32.load (i32.const 4)))

  (func (export "run") (param $url i32) (param $length i32) (result i32)
    (local $queue i32)
    (local $socket i32)
    (local $event i32)
    (local.set $queue (call $queue))
    (local.set $socket (call $socket (local.get $queue)))
    ;; All of connect-options stays 0: no headers, no protocols, no option set.
    (i32.store (i32.const 0x100) (local.get $socket))
    (i32.store (i32.const 0x104) (local.get $url))
    (i32.store (i32.const 0x108) (local.get $length))
    (call $connect (i32.const 0x100) (i32.const 0))
    (drop (call $next (local.get $queue)))
    (call $send (local.get $socket) (i32.const 0x300) (i32.const 5) (i32.const 0))
    (local.set $event (call $next (local.get $queue)))
    ;; The case 2 is `text`.
    (if (i32.ne (i32.load8_u (local.get $event)) (i32.const 2)) (then unreachable))
    (i32.store (i32.const 0x200) (i32.load offset=12 (local.get $event)))
    (i32.store (i32.const 0x204) (i32.load offset=16 (local.get $event)))
    (i32.const 0x200)))
