;; A good component in which a bit is wrong: the harness turns it over.
