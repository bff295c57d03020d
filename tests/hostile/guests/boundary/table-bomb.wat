;; Grows a table until it gets no more.
(table $table 1 funcref)
(func $attack
  (loop $more (br_if $more (i32.ne (table.grow $table (ref.null func) (i32.const 1000)) (i32.const -1))))
  (call $declare (i32.const 512) (i32.const 5) (i32.const 1) (i32.const 0) (i32.const 0))
  (call $add (i32.load (i32.const 4)) (f64.convert_i32_u (table.size $table)) (i32.const 0) (i32.const 0)))
