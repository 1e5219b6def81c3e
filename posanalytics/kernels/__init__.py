"""Notebooks run fast: kernels forked from a process that has everything imported.

A wing of its own: it knows nothing of schools and serves any Python notebooks.
"""
