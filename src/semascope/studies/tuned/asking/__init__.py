"""What a tuning asks: which texts and pairs learn, choose and estimate, and what is learnt of them."""
