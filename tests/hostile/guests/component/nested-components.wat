;; Has components inside of components, ninety deep.
(component
  ;;×90 (component
  ;;×90 )
)
