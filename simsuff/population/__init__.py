"""Contrastive risks of finite laws in population, exactly, at any number of negatives K."""
