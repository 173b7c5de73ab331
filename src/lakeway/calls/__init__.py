"""One module per operation: the caller's keywords in, a flow that ends in a response object out.

This is the edge: arguments, package settings and the environment are read here, once per call, and
become values. Nothing here performs I/O.
"""
