;; Calls itself without end.
(func $attack (call $attack))
