"""Does the suite notice a mistake? ``make mutants`` makes many, one at a time, and runs the tests on each."""
