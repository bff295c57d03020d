;; Traps in `init`.
(func $at-init (unreachable))
