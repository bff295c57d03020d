;; A guest whose exports are those of the world `client` with plain numbers for handles, so that a
;; test can use them well and badly.
(module
  (import "wasock:websocket/events@0.1.0" "[constructor]event-queue" (func $queue (result i32)))
  (import "wasock:websocket/events@0.1.0" "[resource-drop]event-queue" (func $drop-queue (param i32)))
  (import "wasock:websocket/events@0.1.0" "[method]event-queue.wait"
    (func $wait (param $queue i32) (param $max i32) (param $some i32) (param $nanos i64) (param $result i32)))
  (import "wasock:websocket/sockets@0.1.0" "[constructor]socket" (func $socket (param i32) (result i32)))
  (import "wasock:websocket/sockets@0.1.0" "[resource-drop]socket" (func $drop-socket (param i32)))
  (import "wasock:websocket/sockets@0.1.0" "[method]socket.connect" (func $connect (param $arguments i32) (param $result i32)))
  (import "wasock:websocket/sockets@0.1.0" "[method]socket.send-text"
    (func $send (param $socket i32) (param $data i32) (param $length i32) (param $result i32)))
  (import "wasock:websocket/sockets@0.1.0" "[method]socket.close"
    (func $close (param $socket i32) (param $some i32) (param $code i32) (param $reason i32) (param $length i32) (param $result i32)))
  (import "wasock:websocket/sockets@0.1.0" "[method]socket.state" (func $state (param i32) (result i32)))
  (import "wasock:websocket/timers@0.1.0" "[constructor]timer"
    (func $timer (param $queue i32) (param $first i64) (param $some i32) (param $period i64) (result i32)))
  (import "wasock:websocket/timers@0.1.0" "[resource-drop]timer" (func $drop-timer (param i32)))

  (memory (export "memory") 16)

  ;; 0x000: the result of an import; 0x100: the arguments of connect; 0x200: the result of `look`.
  (global $free (mut i32) (i32.const 0x1000))

  ;; Each call of a test is small, so memory is never given back.
  (func (export "cabi_realloc") (param i32 i32) (param $align i32) (param $size i32) (result i32)
    (local $start i32)
    (local.set $start
      (i32.and
        (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $start) (local.get $size)))
    (local.get $start))

  ;; 0 if the result of the last import is no error, else 1 and the number of its error's case.
  (func $outcome (result i32)
    (if (result i32) (i32.load8_u (i32.const 0))
      (then (i32.add (i32.const 1) (i32.load8_u (i32.const 4))))
      (else (i32.const 0))))

  (func (export "queue") (result i32) (call $queue))
  (func (export "drop-queue") (param i32) (call $drop-queue (local.get 0)))
  (func (export "socket") (param i32) (result i32) (call $socket (local.get 0)))
  (func (export "drop-socket") (param i32) (call $drop-socket (local.get 0)))
  (func (export "state") (param i32) (result i32) (call $state (local.get 0)))
  (func (export "timer") (param $queue i32) (param $first i64) (param $period i64) (result i32)
    (call $timer (local.get $queue) (local.get $first)
      (i64.ne (local.get $period) (i64.const 0)) (local.get $period)))
  (func (export "drop-timer") (param i32) (call $drop-timer (local.get 0)))

  ;; All of connect-options stays 0: no headers, no protocols, no option set.
  (func (export "connect") (param $socket i32) (param $url i32) (param $length i32) (result i32)
    (i32.store (i32.const 0x100) (local.get $socket))
    (i32.store (i32.const 0x104) (local.get $url))
    (i32.store (i32.const 0x108) (local.get $length))
    (call $connect (i32.const 0x100) (i32.const 0))
    (call $outcome))

  (func (export "send") (param $socket i32) (param $data i32) (param $length i32) (result i32)
    (call $send (local.get $socket) (local.get $data) (local.get $length) (i32.const 0))
    (call $outcome))

  (func (export "close") (param $socket i32) (param $code i32) (result i32)
    (call $close (local.get $socket) (i32.const 1) (local.get $code) (i32.const 0) (i32.const 0) (i32.const 0))
    (call $outcome))

  ;; Waits, and describes the first event: { interrupted: bool, count: u32, case: u32, code: u32,
  ;; text: string, missed: u64 }.
  (func (export "look") (param $queue i32) (param $max i32) (param $timeout i64) (result i32)
    (local $event i32)
    (memory.fill (i32.const 0x200) (i32.const 0) (i32.const 40))
    (call $wait (local.get $queue) (local.get $max)
      (i64.ge_s (local.get $timeout) (i64.const 0)) (local.get $timeout) (i32.const 0))
    (if (i32.load8_u (i32.const 0))
      (then (i32.store8 (i32.const 0x200) (i32.const 1)) (return (i32.const 0x200))))
    (i32.store (i32.const 0x204) (i32.load (i32.const 8)))
    (if (i32.eqz (i32.load (i32.const 8))) (then (return (i32.const 0x200))))
    (local.set $event (i32.load (i32.const 4)))
    (i32.store (i32.const 0x208) (i32.load8_u (local.get $event)))
    (block $timer (block $closed (block $text (block $failed (block $other
      (br_table $other $failed $text $other $other $other $closed $timer
        (i32.load8_u (local.get $event))))
      (return (i32.const 0x200)))
      ;; failed
      (i32.store (i32.const 0x20c) (i32.load8_u offset=12 (local.get $event)))
      (return (i32.const 0x200)))
      ;; text
      (i32.store (i32.const 0x210) (i32.load offset=12 (local.get $event)))
      (i32.store (i32.const 0x214) (i32.load offset=16 (local.get $event)))
      (return (i32.const 0x200)))
      ;; closed
      (i32.store (i32.const 0x20c) (i32.load16_u offset=12 (local.get $event)))
      (return (i32.const 0x200)))
    ;; timer
    (i64.store (i32.const 0x218) (i64.load offset=24 (local.get $event)))
    (i32.const 0x200)))
