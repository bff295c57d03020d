;; Never gets past being instantiated.
(start $begin)
(func $begin (loop (br 0)))
