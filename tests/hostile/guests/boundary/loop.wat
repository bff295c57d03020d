;; Never returns.
(func $attack (loop (br 0)))
