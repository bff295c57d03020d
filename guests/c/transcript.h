// Calls of every kind, with a line for each fact: ../transcript.txt has the lines.
void transcript(const char *data);
