"""The f-contrastive loss of any divergence: value and gradients on embeddings."""
