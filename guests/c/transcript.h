// Calls of every kind, with a line for each fact: ../transcripts/ has the lines.

// Those of the world `client`.
void client_transcript(const char *data);

// Those that the world `vu` has besides.
void vu_transcript(const char *data);
