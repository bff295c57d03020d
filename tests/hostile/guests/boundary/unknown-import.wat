;; Wants a shell.
(import "evil:host/shell" "run" (func $run (param i32 i32)))
(func $attack
  (call $run (i32.const 512) (i32.const 5)))
