;; Fails with a message that ends behind its memory.
(func $attack
  (i32.store8 (i32.const 1088) (i32.const 1))
  (i32.store offset=12 (i32.const 1088) (i32.const 0x7fffffff)))
