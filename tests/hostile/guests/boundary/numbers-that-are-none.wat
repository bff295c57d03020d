;; Measures what is no number, and numbers beyond all sums.
(func $attack
  (call $declare (i32.const 512) (i32.const 5) (i32.const 3) (i32.const 0) (i32.const 0))
  (call $measure (f64.const nan))
  (call $measure (f64.const nan:0x1))
  (call $measure (f64.const inf))
  (call $measure (f64.const -inf))
  (call $measure (f64.const 0x1p+1023))
  (call $measure (f64.const 0x1p+1023))
  (call $measure (f64.const -0x1p+1023))
  (call $measure (f64.const 0x1p-1074))
  (call $measure (f64.const -0))
  (call $measure (f64.const 2)))
(func $measure (param $value f64)
  (call $add (i32.load (i32.const 4)) (local.get $value) (i32.const 0) (i32.const 0))
  ;; The counter of finished iterations is the host's, but anybody may add to it.
  (call $value-text (local.get $value) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 32)))
