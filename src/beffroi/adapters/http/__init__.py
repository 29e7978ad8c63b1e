"""Requests that we send to addresses other people chose: where they may go, how long they may last, what became of them."""
