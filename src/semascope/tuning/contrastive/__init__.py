"""A network learns which texts belong together: loss, gradients of large batches, batches by role, hard negatives."""
