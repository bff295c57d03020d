;; Gives a list of tags whose size in bytes does not fit into 32 bits.
(func $attack
  (call $check (i32.const 512) (i32.const 5) (i32.const 1) (i32.const 0) (i32.const 0x10000001)))
