;; Fails with a message of a hundred million characters, none of which can be printed.
(func $attack
  (drop (memory.grow (i32.const 1600)))
  (i32.store8 (i32.const 1088) (i32.const 1))
  (i32.store offset=8 (i32.const 1088) (i32.const 0x10000))
  (i32.store offset=12 (i32.const 1088) (i32.const 100000000)))
