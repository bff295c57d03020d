;; Begins shared arrays until it is told to stop, and finishes none.
(func $attack (local $name i32)
  (loop $more
    (i32.store (i32.const 2048) (local.get $name))
    (call $find-array (i32.const 2048) (i32.const 4) (i32.const 0))
    (local.set $name (i32.add (local.get $name) (i32.const 1)))
    (local.set $name (i32.and (local.get $name) (i32.const 0x7f7f7f7f)))
    (br $more)))
