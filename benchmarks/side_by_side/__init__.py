"""How fast are the kernels of simsuff beside other libraries that compute the same numbers, in one run?"""
