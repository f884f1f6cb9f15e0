"""Which letters do the symbolic expressions of this room use?"""

import sympy as sp

# f is defined on t > 0 and f(0) is always its limit, so a positive symbol loses nothing and simplifies more.
t = sp.Symbol("t", positive=True)
s = sp.Symbol("s", real=True)
