;; Sets tags of a kilobyte until it is told to stop.
(func $attack (local $number i32)
  (loop $more
    (call $name (local.get $number))
    (call $set-tag (i32.const 2048) (i32.const 4) (i32.const 0x10000) (i32.const 1024))
    (local.set $number (i32.add (local.get $number) (i32.const 1)))
    (br $more)))
