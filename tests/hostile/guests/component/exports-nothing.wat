;; Is a component, and that is all.
(component)
