;; Gives a list of tags at an odd address.
(func $attack
  (call $check (i32.const 512) (i32.const 5) (i32.const 1) (i32.const 1) (i32.const 1)))
