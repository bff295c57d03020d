;; A good component that ends too early: the harness cuts it.
