;; Has a thousand memories.
(component
  (core module $code
    ;;×1000 (memory 1)
  )
  (core instance (instantiate $code)))
