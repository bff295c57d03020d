;; Has two memories.
(memory (export "memory") 2)
(memory $more 1)
