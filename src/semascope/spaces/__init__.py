"""The same texts under several encoders, instructions and widths: named spaces on the texts that all can place."""
