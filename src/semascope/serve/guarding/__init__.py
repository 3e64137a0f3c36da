"""What stands between the network and the routes: who may ask, what a request may be, how long it may take, how errors look."""
