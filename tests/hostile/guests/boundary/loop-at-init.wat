;; Never gets past `init`.
(func $at-init (loop (br 0)))
