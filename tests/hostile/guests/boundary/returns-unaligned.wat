;; Returns a result at an odd address.
(func $attack
  (global.set $returned (i32.const 1089)))
