;; Never answers when the host asks for memory.
(global $armed (mut i32) (i32.const 0))
(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
  (if (result i32) (global.get $armed)
    (then (loop (result i32) (br 0)))
    (else (call $allocate (local.get 0) (local.get 1) (local.get 2) (local.get 3)))))
(func $attack
  (global.set $armed (i32.const 1))
  (call $variables (i32.const 0))
  (global.set $armed (i32.const 0)))
