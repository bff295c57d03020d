;; Gives a hundred thousand tags that are all the same sixteen kilobytes of its memory: 3.2 GB if each is copied.
(func $attack (local $tag i32)
  (drop (memory.grow (i32.const 32)))
  (memory.fill (i32.const 0x10000) (i32.const 97) (i32.const 0x4000))
  (local.set $tag (i32.const 0x20000))
  (loop $next
    (i32.store (local.get $tag) (i32.const 0x10000))
    (i32.store offset=4 (local.get $tag) (i32.const 0x4000))
    (i32.store offset=8 (local.get $tag) (i32.const 0x10000))
    (i32.store offset=12 (local.get $tag) (i32.const 0x4000))
    (local.set $tag (i32.add (local.get $tag) (i32.const 16)))
    (br_if $next (i32.lt_u (local.get $tag) (i32.add (i32.const 0x20000) (i32.const 1600000)))))
  (call $check (i32.const 512) (i32.const 5) (i32.const 1) (i32.const 0x20000) (i32.const 100000)))
