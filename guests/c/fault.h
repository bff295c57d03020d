// Goes wrong in the way that the variable FAULT names.
void fault(const char *data);
