;; Traps.
(func $attack (unreachable))
