;; Reads and writes outside of its memory.
(func $attack
  (i64.store offset=0xffffffff (i32.const -1) (i64.const -1)))
