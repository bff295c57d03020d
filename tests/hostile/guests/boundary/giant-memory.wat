;; Has a memory of four gigabytes from the beginning.
(memory (export "memory") 65536)
