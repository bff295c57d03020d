;; Returns a result that lies behind its memory.
(func $attack
  (global.set $returned (i32.const 0x7ffffff0)))
