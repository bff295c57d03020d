;; Begins shared arrays until it is told to stop, and finishes none.
(func $attack (local $number i32)
  (loop $more
    (call $name (local.get $number))
    (call $find-array (i32.const 2048) (i32.const 4) (i32.const 0))
    (local.set $number (i32.add (local.get $number) (i32.const 1)))
    (br $more)))
