;; Sets tags of a kilobyte until it is told to stop.
(func $attack (local $name i32)
  (loop $more
    (i32.store (i32.const 2048) (local.get $name))
    (call $set-tag (i32.const 2048) (i32.const 4) (i32.const 0x10000) (i32.const 1024))
    (local.set $name (i32.and (i32.add (local.get $name) (i32.const 0x01)) (i32.const 0x7f7f7f7f)))
    (br $more)))
