"""How the nearest rows are found: exactly, or by a graph that usearch or faiss makes."""
