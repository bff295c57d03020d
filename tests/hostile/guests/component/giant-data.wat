;; Has a memory larger than a virtual user's, with something written at its end.
(component
  (core module $code (memory 8192) (data (i32.const 0x1ffffff0) "here"))
  (core instance (instantiate $code)))
