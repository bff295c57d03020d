;; What hostile guests in WebAssembly have around them: a test with two scenarios, of which `good` opens a session,
;; sends a text, waits for the echo and closes, and `bad` calls the guest's `$attack`. A guest's own definitions
;; take the place of the last line.
(module
  (import "wasock:websocket/events@0.1.0" "[constructor]event-queue" (func $queue-new (result i32)))
  (import "wasock:websocket/events@0.1.0" "[method]event-queue.wait"
    (func $wait (param $queue i32) (param $max i32) (param $timed i32) (param $timeout i64) (param $out i32)))
  (import "wasock:websocket/events@0.1.0" "[resource-drop]event-queue" (func $queue-drop (param i32)))
  (import "wasock:websocket/sockets@0.1.0" "[constructor]socket" (func $socket-new (param i32) (result i32)))
  (import "wasock:websocket/sockets@0.1.0" "[method]socket.id" (func $socket-id (param i32) (result i32)))
  (import "wasock:websocket/sockets@0.1.0" "[method]socket.connect" (func $connect (param $all i32) (param $out i32)))
  (import "wasock:websocket/sockets@0.1.0" "[method]socket.send-text"
    (func $send-text (param $socket i32) (param $text i32) (param $length i32) (param $out i32)))
  (import "wasock:websocket/sockets@0.1.0" "[method]socket.send-binary"
    (func $send-binary (param $socket i32) (param $data i32) (param $length i32) (param $out i32)))
  (import "wasock:websocket/sockets@0.1.0" "[method]socket.close"
    (func $close (param $socket i32) (param $coded i32) (param $code i32) (param $reason i32) (param $length i32)
      (param $out i32)))
  (import "wasock:websocket/sockets@0.1.0" "[resource-drop]socket" (func $socket-drop (param i32)))
  (import "wasock:websocket/timers@0.1.0" "[constructor]timer"
    (func $timer-new (param $queue i32) (param $first i64) (param $periodic i32) (param $period i64) (result i32)))
  (import "wasock:websocket/timers@0.1.0" "[resource-drop]timer" (func $timer-drop (param i32)))
  (import "wasock:websocket/cookies@0.1.0" "[constructor]jar" (func $jar-new (result i32)))
  (import "wasock:websocket/http@0.1.0" "[constructor]request"
    (func $request-new (param $queued i32) (param $queue i32) (result i32)))
  (import "wasock:websocket/http@0.1.0" "wait" (func $http-wait (param $list i32) (param $length i32) (param $out i32)))
  (import "wasock:websocket/console@0.1.0" "log"
    (func $log (param $level i32) (param $source i32) (param $line i32) (param $length i32)))
  (import "wasock:websocket/tags@0.1.0" "set"
    (func $set-tag (param $name i32) (param $name-length i32) (param $value i32) (param $value-length i32)))
  (import "wasock:websocket/metrics@0.1.0" "declare"
    (func $declare (param $name i32) (param $length i32) (param $kind i32) (param $contents i32) (param $out i32)))
  (import "wasock:websocket/metrics@0.1.0" "add"
    (func $add (param $metric i32) (param $value f64) (param $tags i32) (param $length i32)))
  (import "wasock:websocket/metrics@0.1.0" "check"
    (func $check (param $name i32) (param $length i32) (param $passed i32) (param $tags i32) (param $tags-length i32)))
  (import "wasock:websocket/metrics@0.1.0" "[constructor]meter"
    (func $meter-new (param $socket i32) (param $api i32) (param $tags i32) (param $length i32) (result i32)))
  (import "wasock:websocket/metrics@0.1.0" "[resource-drop]meter" (func $meter-drop (param i32)))
  (import "wasock:websocket/environment@0.1.0" "variables" (func $variables (param $out i32)))
  (import "wasock:websocket/environment@0.1.0" "random-bytes" (func $random-bytes (param $length i32) (param $out i32)))
  (import "wasock:websocket/execution@0.1.0" "instance" (func $instance (param $out i32)))
  (import "wasock:websocket/shared-data@0.1.0" "find"
    (func $find-array (param $name i32) (param $length i32) (param $out i32)))
  (import "wasock:websocket/summary@0.1.0" "value"
    (func $value-text (param $value f64) (param $contents i32) (param $has-unit i32) (param $unit i32)
      (param $unit-length i32) (param $out i32)))

  ;; 0: what calls return. 256: the arguments of `connect`. 512: texts. 1024: what exports return.
  ;; From 4096 on: what the host allocates.
  (data (i32.const 512) "hello")
  (data (i32.const 528) "good")
  (data (i32.const 544) "bad")
  (data (i32.const 560) "echoed")
  (data (i32.const 576) "connected")
  (data (i32.const 592) "untouched")
  ;; The names of the functions, as a list.
  (data (i32.const 608) "\10\02\00\00\04\00\00\00\20\02\00\00\03\00\00\00")
  (data (i32.const 640) "{\"scenarios\":{\"good\":{\"exec\":\"good\",\"executor\":\"per-vu-iterations\",\"vus\":2,\"iterations\":10},\"bad\":{\"exec\":\"bad\",\"executor\":\"per-vu-iterations\",\"iterations\":2,\"startTime\":\"50ms\",\"maxDuration\":\"1s\",\"gracefulStop\":\"100ms\"}}}")
  (global $options-length i32 (i32.const 221))

  (global $free (mut i32) (i32.const 4096))

  ;; Where the host's lists and strings go: behind each other.
  (func $allocate (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    (local $place i32)
    (local.set $place
      (i32.and
        (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $place) (local.get $size)))
    (if (i32.gt_u (global.get $free) (i32.shl (memory.size) (i32.const 16)))
      (then
        (drop (memory.grow (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1))))))
    (local.get $place))

  ;; All that is returned is zeros first.
  (func $result (result i32)
    (memory.fill (i32.const 1024) (i32.const 0) (i32.const 64))
    (i32.const 1024))

  (func (export "wasock:websocket/lifecycle@0.1.0#init") (result i32)
    (local $out i32)
    (local.set $out (call $result))
    (call $at-init)
    (i32.store offset=4 (local.get $out) (i32.const 608))
    (i32.store offset=8 (local.get $out) (i32.const 2))
    (i32.store8 offset=12 (local.get $out) (i32.const 1))
    (i32.store offset=16 (local.get $out) (i32.const 640))
    (i32.store offset=20 (local.get $out) (global.get $options-length))
    (local.get $out))

  (func (export "wasock:websocket/lifecycle@0.1.0#setup") (result i32) (call $result))

  (func (export "wasock:websocket/lifecycle@0.1.0#teardown") (param i32 i32 i32) (result i32) (call $result))

  (func (export "wasock:websocket/lifecycle@0.1.0#handle-summary") (param i32 i32) (result i32) (call $result))

  (func (export "wasock:websocket/lifecycle@0.1.0#iterate")
    (param $name i32) (param $length i32) (param $given i32) (param $data i32) (param $data-length i32) (result i32)
    (if (result i32) (i32.eq (i32.load8_u (local.get $name)) (i32.const 103 (; g ;)))
      (then
        (call $session)
        (global.set $free (i32.const 4096))
        (call $result))
      (else
        (call $attack)
        (global.get $returned))))

  ;; What `iterate` returns after an attack: no failure, unless the attack sets something else.
  (global $returned (mut i32) (i32.const 1088))

  ;; The address of the server, in the variable WS.
  (func $address (result i32)
    (local $pair i32)
    (call $variables (i32.const 0))
    (local.set $pair (i32.load (i32.const 0)))
    (loop $next
      (if (i32.and
            (i32.eq (i32.load offset=4 (local.get $pair)) (i32.const 2))
            (i32.eq (i32.load16_u (i32.load (local.get $pair))) (i32.const 0x5357 (; WS ;))))
        (then (return (i32.add (local.get $pair) (i32.const 8)))))
      (local.set $pair (i32.add (local.get $pair) (i32.const 16)))
      (br $next))
    (unreachable))

  (func $dial (param $socket i32)
    (local $address i32)
    (local.set $address (call $address))
    (memory.fill (i32.const 256) (i32.const 0) (i32.const 128))
    (i32.store (i32.const 256) (local.get $socket))
    (i32.store (i32.const 260) (i32.load (local.get $address)))
    (i32.store (i32.const 264) (i32.load offset=4 (local.get $address)))
    (call $connect (i32.const 256) (i32.const 0)))

  ;; Waits for one event, and tells its number in the variant.
  (func $event (param $queue i32) (result i32)
    (call $wait (local.get $queue) (i32.const 1) (i32.const 0) (i64.const 0) (i32.const 0))
    (if (i32.load8_u (i32.const 0)) (then (return (i32.const -1))))
    (i32.load8_u (i32.load (i32.const 4))))

  ;; A name of four letters for each number, at 2048.
  (func $name (param $number i32)
    (local $letter i32)
    (loop $next
      (i32.store8 offset=2048 (local.get $letter)
        (i32.add (i32.and (local.get $number) (i32.const 15)) (i32.const 97)))
      (local.set $number (i32.shr_u (local.get $number) (i32.const 4)))
      (local.set $letter (i32.add (local.get $letter) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $letter) (i32.const 4)))))

  (func $session
    (local $queue i32) (local $socket i32) (local $meter i32)
    (local.set $queue (call $queue-new))
    (local.set $socket (call $socket-new (local.get $queue)))
    (local.set $meter (call $meter-new (local.get $socket) (i32.const 0) (i32.const 0) (i32.const 0)))
    (call $dial (local.get $socket))
    (call $check (i32.const 576) (i32.const 9) (i32.eqz (call $event (local.get $queue))) (i32.const 0) (i32.const 0))
    (call $send-text (local.get $socket) (i32.const 512) (i32.const 5) (i32.const 0))
    (call $check (i32.const 560) (i32.const 6) (i32.eq (call $event (local.get $queue)) (i32.const 2))
      (i32.const 0) (i32.const 0))
    (call $close (local.get $socket) (i32.const 1) (i32.const 1000) (i32.const 0) (i32.const 0) (i32.const 0))
    (call $check (i32.const 592) (i32.const 9) (i32.eq (call $event (local.get $queue)) (i32.const 6))
      (i32.const 0) (i32.const 0))
    ;; Ten milliseconds later, so that there are good users for as long as there is a bad one.
    (call $wait (local.get $queue) (i32.const 0) (i32.const 1) (i64.const 10000000) (i32.const 0))
    (call $meter-drop (local.get $meter))
    (call $socket-drop (local.get $socket))
    (call $queue-drop (local.get $queue)))

;; {guest}
)
