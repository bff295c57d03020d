;; Has more functions than a module may have.
(component
  (core module $code
    ;;×1000001 (func)
  )
  (core instance (instantiate $code)))
