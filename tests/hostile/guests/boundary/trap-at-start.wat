;; Traps while it is instantiated.
(start $begin)
(func $begin (unreachable))
