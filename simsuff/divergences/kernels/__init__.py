"""Scalar kernels of the catalogue: which formula keeps its digits where?"""
