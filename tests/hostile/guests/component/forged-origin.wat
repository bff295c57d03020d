;; Fails with a page of text, and says of itself what no compiled script does: the harness adds the sections.
(func $attack
  (i32.store8 (i32.const 1088) (i32.const 1))
  (i32.store offset=8 (i32.const 1088) (i32.const 0x10000))
  (i32.store offset=12 (i32.const 1088) (i32.const 0x10000)))
