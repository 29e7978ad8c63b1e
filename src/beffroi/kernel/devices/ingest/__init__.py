"""What devices send: read and verified (`reading`), stored by one action a batch, answered with signed bytes (`signing`), in one `loop`."""
