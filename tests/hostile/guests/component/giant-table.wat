;; Has a table of as many elements as 32 bits can count.
(table $giant 0xffffffff funcref)
