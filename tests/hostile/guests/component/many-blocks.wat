;; Has a function of a hundred thousand nested blocks.
(component
  (core module $code
    (func (export "f")
      ;;×100000 (block
      ;;×100000 )
    ))
  (core instance (instantiate $code)))
