;; Grows its memory until it gets no more, and writes to each page.
(func $attack (local $page i32)
  (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
  (local.set $page (i32.const 0x20000))
  (loop $next
    (i32.store (local.get $page) (i32.const -1))
    (local.set $page (i32.add (local.get $page) (i32.const 4096)))
    (br_if $next (i32.lt_u (local.get $page) (i32.shl (memory.size) (i32.const 16)))))
  ;; As many pages as it has got.
  (call $declare (i32.const 512) (i32.const 5) (i32.const 1) (i32.const 0) (i32.const 0))
  (call $add (i32.load (i32.const 4)) (f64.convert_i32_u (memory.size)) (i32.const 0) (i32.const 0)))
