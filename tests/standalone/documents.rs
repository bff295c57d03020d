//! The page that tells how: its steps can be followed to the letter.
