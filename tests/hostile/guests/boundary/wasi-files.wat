;; Asks WASI for the folders that it may see, and the arguments.
(import "wasi:filesystem/preopens@0.2.6" "get-directories" (func $folders (param i32)))
(import "wasi:cli/environment@0.2.6" "get-arguments" (func $arguments (param i32)))
(data (i32.const 2048) "nothing there")
(func $attack
  (call $folders (i32.const 0))
  (call $arguments (i32.const 16))
  (call $check (i32.const 2048) (i32.const 13)
    (i32.eqz (i32.or (i32.load (i32.const 4)) (i32.load (i32.const 20))))
    (i32.const 0) (i32.const 0)))
