;; Waits until one of no requests has ended.
(func $attack
  (call $http-wait (i32.const 0) (i32.const 0) (i32.const 0)))
