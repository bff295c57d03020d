;; Grows its memory by all that it gets while the host asks for some.
(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
  (loop $more (br_if $more (i32.ne (memory.grow (i32.const 256)) (i32.const -1))))
  (call $allocate (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
(func $attack
  (call $variables (i32.const 0)))
