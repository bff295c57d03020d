;; Adds to a metric that it has not declared.
(func $attack
  (call $add (i32.const 99999) (f64.const 1) (i32.const 0) (i32.const 0)))
