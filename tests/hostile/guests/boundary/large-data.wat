;; Has a memory larger than a virtual user may have, with something at its end.
(memory (export "memory") 8192)
(data (i32.const 0x1ffffff0) "here")
