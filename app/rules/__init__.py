"""Rules in CEL: declared facts, typed expressions with three outcomes, and the same expressions as SQL.

`facts` declares what a rule may name; `expression` compiles and evaluates; `sql` turns a checked expression into a condition
over columns. `engine` alone knows the library that parses and runs CEL.
"""
