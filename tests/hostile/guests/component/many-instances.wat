;; Has a thousand instances.
(component
  (core module $code)
  ;;×1000 (core instance (instantiate $code))
)
