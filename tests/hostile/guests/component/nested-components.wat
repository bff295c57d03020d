;; Has components inside of components, a thousand deep.
(component
  ;;×1000 (component
  ;;×1000 )
)
