"""Networks over the learner axis, and the loop that trains a stack of them."""
