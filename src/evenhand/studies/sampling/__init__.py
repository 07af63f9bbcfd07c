"""Random samples of households that did not report, and what a study would have said from each."""
